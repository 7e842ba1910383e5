/** A broker's statistics as Micrometer meters. */
// The jars of Micrometer have module names in their manifests only, which both lints report.
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
@org.jspecify.annotations.NullMarked
module dev.ssebroker.micrometer {
  requires transitive dev.ssebroker;
  requires transitive micrometer.core;
  requires static org.jspecify;

  exports dev.ssebroker.micrometer;
}
