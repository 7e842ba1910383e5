/** A program on the module path. */
module dev.ssebroker.examples.modulepath {
  requires dev.ssebroker.http;
  requires java.net.http;
}
