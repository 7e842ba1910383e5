package dev.ssebroker.examples.modulepath;

import dev.ssebroker.Broker;
import dev.ssebroker.Event;
import dev.ssebroker.http.SseServer;
import dev.ssebroker.http.StreamHandler;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.stream.Stream;

/** Serves a topic from a named module. Annotations of the library are not needed at run time. */
public final class ModulePathExample {
  private ModulePathExample() {}

  public static void main(String[] args) throws Exception {
    check(ModulePathExample.class.getModule().isNamed(), "this is a module");
    check(Broker.class.getModule().getName().equals("dev.ssebroker"), "and so is the library");
    check(ModuleLayer.boot().findModule("org.jspecify").isEmpty(), "it needs no other one");

    try (HttpClient http = HttpClient.newHttpClient();
        Broker broker = Broker.open();
        SseServer server =
            SseServer.builder(broker, StreamHandler.topicsUnder("/events/")).port(0).start()) {
      URI uri = URI.create("http://localhost:" + server.port() + "/events/news");
      HttpRequest request = HttpRequest.newBuilder(uri).build();
      try (Stream<String> lines = http.send(request, BodyHandlers.ofLines()).body()) {
        broker.publish("news", Event.of("from a module"));
        check(lines.anyMatch("data: from a module"::equals), "and the event arrives");
      }
    }
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException("not true: " + what);
    }
    System.out.println(what);
  }
}
