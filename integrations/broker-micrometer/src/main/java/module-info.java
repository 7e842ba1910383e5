/** Shows a broker's numbers in a Micrometer registry. */
// Micrometer's jars name their modules in the manifest only, so that both lints find it automatic.
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
@org.jspecify.annotations.NullMarked
module dev.ssebroker.micrometer {
  requires transitive dev.ssebroker;
  requires transitive micrometer.core;
  requires static org.jspecify;

  exports dev.ssebroker.micrometer;
}
