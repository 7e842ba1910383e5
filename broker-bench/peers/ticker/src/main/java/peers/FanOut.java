package peers;

import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/**
 * Sends each event to every client of a framework with blocking calls.
 *
 * <p>By default it is the loop that the documentation of these frameworks shows: fast while every
 * client reads, and blocked by one that does not. With {@code -Dfanout=queues} each client has a
 * virtual thread and a queue of 1024 events, which drops events when it is full. A careful user
 * writes it in this way.
 */
public final class FanOut<C> implements Consumer<String> {

  /** Sends to one client. */
  public interface Send<C> {
    void send(C client, String data) throws Exception;
  }

  private static final boolean QUEUES = "queues".equals(System.getProperty("fanout"));

  private final Map<C, Consumer<String>> clients = new ConcurrentHashMap<>();
  private final Send<C> send;

  public FanOut(Send<C> send) {
    this.send = send;
  }

  public void add(C client) {
    clients.put(client, QUEUES ? queued(client) : data -> send(client, data));
  }

  public void remove(C client) {
    clients.remove(client);
  }

  @Override
  public void accept(String data) {
    clients.values().forEach(client -> client.accept(data));
  }

  private Consumer<String> queued(C client) {
    BlockingQueue<String> queue = new LinkedBlockingQueue<>(1024);
    Thread.startVirtualThread(
        () -> {
          try {
            while (send(client, queue.take())) {}
          } catch (InterruptedException e) {
            throw new AssertionError("this thread is never interrupted", e);
          }
        });
    return queue::offer;
  }

  private boolean send(C client, String data) {
    try {
      send.send(client, data);
      return true;
    } catch (Exception e) {
      clients.remove(client);
      return false;
    }
  }
}
