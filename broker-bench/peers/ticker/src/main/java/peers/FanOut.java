package peers;

import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/**
 * Gives each event to every client of a framework whose way to send is a call that may block.
 *
 * <p>By default it is the loop that the frameworks' documents show: the fastest while every client
 * reads, and held up by one that does not. With {@code -Dfanout=queues} each client has a queue of
 * 1024 events, which drops what no longer fits, and a virtual thread: what a careful user writes.
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
            throw new AssertionError("nobody interrupts it", e);
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
