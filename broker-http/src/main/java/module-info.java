/**
 * Serves a broker as HTTP/1.1: sockets in, event streams out, one virtual thread per connection.
 */
@org.jspecify.annotations.NullMarked
module dev.ssebroker.http {
  requires transitive dev.ssebroker;
  requires java.management;
  requires static transitive jdk.httpserver;
  requires static org.jspecify;

  exports dev.ssebroker.http;
}
