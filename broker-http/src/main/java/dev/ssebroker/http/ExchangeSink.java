package dev.ssebroker.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import dev.ssebroker.Batch;
import dev.ssebroker.Sink;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Writes a stream to an exchange of the JDK's server: the response head, then each batch. */
final class ExchangeSink implements Sink {
  /*
   * Cutting. The JDK's server does not expose its socket, and closing an exchange waits for a
   * blocked write. But the server writes to an interruptible channel: an interrupt closes the
   * connection and frees the write. So close() interrupts the thread that is writing.
   *
   * Cut, not ended. Closing an exchange writes the last chunk. That may block, and it says that the
   * stream is complete. So a thread that closes an exchange whose stream has not ended interrupts
   * itself first.
   */

  private final HttpExchange exchange;
  private final byte[] prelude;
  private final ReentrantLock lock = new ReentrantLock();

  /** The thread that is in a write. Guarded by the lock. */
  private @Nullable Thread writing;

  /** Guarded by the lock. */
  private boolean closed;

  /** Whether the last chunk was written. Written under the lock. */
  private boolean ended;

  /** Whether the head was written. Used by the writer's thread only. */
  private boolean begun;

  /**
   * Creates the sink of a stream.
   *
   * @param exchange an exchange without a response
   * @param prelude the first bytes of the body
   */
  ExchangeSink(HttpExchange exchange, byte[] prelude) {
    this.exchange = exchange;
    this.prelude = prelude;
  }

  /** Sets the header fields of a stream's response. */
  static void setFields(HttpExchange exchange) {
    Headers fields = exchange.getResponseHeaders();
    ResponseHead.STREAM_FIELDS.forEach(field -> fields.set(field.getKey(), field.getValue()));
    fields.set("Connection", "close");
  }

  @Override
  public void write(Batch batch) throws IOException {
    beginWrite();
    try {
      OutputStream out = exchange.getResponseBody();
      if (!begun) {
        setFields(exchange);
        // A length of 0 means that the length is not known.
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

  /** Ends a write. An interrupt by {@link #close} has had its effect, or comes too late. */
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

  /** Called once, by the last thread that uses the exchange. */
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
