package dev.ssebroker.examples.filesink;

import dev.ssebroker.Broker;
import dev.ssebroker.CloseReason;
import dev.ssebroker.Event;
import dev.ssebroker.Subscription;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Subscribes a file to a topic, closes it, and resumes after the last id in the file. */
public final class FileSinkExample {
  private FileSinkExample() {}

  public static void main(String[] args) throws Exception {
    Path file = Path.of(args[0]);
    Files.deleteIfExists(file);
    try (Broker broker = Broker.open()) {
      Subscription first = broker.subscribe("news", new FileSink(file));
      broker.publish("news", Event.of("one"));
      broker.publish("news", Event.of("two"));
      first.close();
      check(first.awaitEnd() == CloseReason.UNSUBSCRIBED);

      broker.publish("news", Event.of("three"));
      broker.subscription("news").lastEventId(lastId(file)).open(new FileSink(file));
      broker.publish("news", Event.of("four"));
    }
    System.out.print(Files.readString(file));
    check(lines(file, "data: ").equals(List.of("one", "two", "three", "four")));
  }

  private static String lastId(Path file) throws Exception {
    return lines(file, "id: ").getLast();
  }

  private static List<String> lines(Path file, String field) throws Exception {
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith(field))
        .map(line -> line.substring(field.length()))
        .toList();
  }

  private static void check(boolean holds) {
    if (!holds) {
      throw new IllegalStateException("the file has something else");
    }
  }
}
