/** JSON bodies for publishing events over HTTP. */
@org.jspecify.annotations.NullMarked
module dev.ssebroker.json {
  requires transitive dev.ssebroker.http;
  requires tools.jackson.core;
  requires static org.jspecify;

  exports dev.ssebroker.json;
}
