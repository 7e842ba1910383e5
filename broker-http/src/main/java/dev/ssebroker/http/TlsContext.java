package dev.ssebroker.http;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLContext;

/** The context of PEM files, which follows their changes. Thread-safe. */
final class TlsContext {
  /*
   * Reloading. Each handshake looks at the files, which costs some microseconds of its millisecond,
   * and needs no thread and no timer. A directory is not watched: ACME clients change a symbolic
   * link, and Kubernetes changes the link of a directory above.
   *
   * A changed file gives a new context and leaves the old one alone. So an open connection keeps
   * its own, certificate and key always belong together, and a client cannot resume a session of
   * the old certificate, since sessions and the keys of tickets belong to a context.
   *
   * Certificate and key are two files, and a handshake may come between their changes. Their old
   * context is used until both fit.
   */

  private final TlsFiles files;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile SSLContext current;

  /** What the files were before they were last read. Guarded by the lock. */
  private List<Optional<TlsFiles.Version>> versions;

  /**
   * Reads the files.
   *
   * @throws IOException if a file cannot be read
   * @throws IllegalArgumentException if the content of a file is not allowed
   */
  TlsContext(TlsFiles files) throws IOException {
    this.files = files;
    this.versions = files.versions();
    this.current = files.load();
  }

  /** Returns the context for a new connection. Does not wait for another thread. */
  SSLContext current() {
    if (lock.tryLock()) {
      try {
        reloadIfChanged();
      } finally {
        lock.unlock();
      }
    }
    return current;
  }

  private void reloadIfChanged() {
    List<Optional<TlsFiles.Version>> found = files.versions();
    if (found.equals(versions)) {
      return;
    }
    versions = found;
    try {
      current = files.load();
      SseServer.LOG.log(
          Level.INFO, "The TLS certificate of '" + files.certificateChain() + "' was reloaded");
    } catch (IOException | RuntimeException e) {
      SseServer.LOG.log(
          Level.WARNING,
          "The TLS files have changed and cannot be used, so the former certificate stays: "
              + e.getMessage());
    }
  }
}
