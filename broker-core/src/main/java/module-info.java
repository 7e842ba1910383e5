/**
 * The Server-Sent-Events broker: events in, one bounded queue and one virtual thread per client.
 */
@org.jspecify.annotations.NullMarked
module dev.ssebroker {
  requires jdk.jfr;
  requires static com.google.errorprone.annotations;
  requires static org.jspecify;

  exports dev.ssebroker;
}
