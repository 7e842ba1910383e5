package dev.ssebroker.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import dev.ssebroker.Batch;
import dev.ssebroker.Sink;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** The stream's side of an exchange of the JDK's server: the response head, then each batch. */
final class ExchangeSink implements Sink {
  /*
   * The JDK's server does not give out its socket, and closing an exchange waits for a write that is
   * blocked. But it writes to an interruptible channel: an interrupt closes the connection and frees
   * the write. So a thread that writes is on record, and close() interrupts it; a thread that closes
   * without an end interrupts itself, for otherwise the exchange would write the last chunk, which may
   * block too, and would tell the client that the stream is complete.
   */

  private final HttpExchange exchange;
  private final byte[] prelude;
  private final ReentrantLock lock = new ReentrantLock();

  /** The thread in the middle of a write. Guarded by the lock. */
  private @Nullable Thread writing;

  /** Guarded by the lock. */
  private boolean closed;

  /** Whether the client was told that the stream is complete. Written under the lock. */
  private boolean ended;

  /** Used by the writer's thread only. */
  private boolean begun;

  /**
   * Makes the sink of a stream.
   *
   * @param exchange to which nothing was sent yet
   * @param prelude the first bytes of the body
   */
  ExchangeSink(HttpExchange exchange, byte[] prelude) {
    this.exchange = exchange;
    this.prelude = prelude;
  }

  /** Sets the fields of a stream's head. */
  static void setFields(HttpExchange exchange) {
    Headers fields = exchange.getResponseHeaders();
    ResponseHead.OF_A_STREAM.forEach(field -> fields.set(field.getKey(), field.getValue()));
    fields.set("Connection", "close");
  }

  @Override
  public void write(Batch batch) throws IOException {
    beginWrite();
    try {
      OutputStream out = exchange.getResponseBody();
      if (!begun) {
        setFields(exchange);
        // A length of 0 stands for one that is not known.
        exchange.sendResponseHeaders(200, 0);
        out.write(prelude);
        begun = true;
      }
      out.write(batch.toByteArray());
      out.flush();
    } finally {
      endWrite();
    }
  }

  @Override
  public void end() throws IOException {
    beginWrite();
    try {
      exchange.getResponseBody().close();
      setEnded();
    } finally {
      endWrite();
    }
  }

  private void setEnded() {
    lock.lock();
    try {
      ended = true;
    } finally {
      lock.unlock();
    }
  }

  private void beginWrite() throws IOException {
    lock.lock();
    try {
      if (closed) {
        throw new IOException("the stream is closed");
      }
      writing = Thread.currentThread();
    } finally {
      lock.unlock();
    }
  }

  /** The interrupt, if there was one, has done its work or has come too late to do any. */
  private void endWrite() {
    lock.lock();
    try {
      writing = null;
      if (!closed) {
        return;
      }
    } finally {
      lock.unlock();
    }
    closeExchange();
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      if (writing != null) {
        writing.interrupt();
        return;
      }
    } finally {
      lock.unlock();
    }
    closeExchange();
  }

  /** Called once, by the thread that is the last to have to do with the exchange. */
  private void closeExchange() {
    if (ended) {
      exchange.close();
      return;
    }
    Thread.currentThread().interrupt();
    try {
      exchange.close();
    } finally {
      Thread.interrupted();
    }
  }
}
