/** Lets publishers send events to a server as JSON. */
@org.jspecify.annotations.NullMarked
module dev.ssebroker.json {
  requires transitive dev.ssebroker.http;
  requires tools.jackson.core;
  requires static org.jspecify;

  exports dev.ssebroker.json;
}
