package dev.ssebroker.http;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Records the server's log at its usual level, and keeps it out of the test's output. */
final class RecordedLog extends Handler {
  private final Logger log = Logger.getLogger(SseServer.LOG.getName());
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  RecordedLog() {
    log.addHandler(this);
    log.setUseParentHandlers(false);
  }

  /** Returns the next line with its level, such as {@code WARNING: text}; waits for it. */
  String next() throws InterruptedException {
    return String.valueOf(lines.poll(10, TimeUnit.SECONDS));
  }

  boolean isEmpty() {
    return lines.isEmpty();
  }

  @Override
  public void publish(LogRecord line) {
    if (line.getLevel().intValue() >= Level.INFO.intValue()) {
      lines.add(line.getLevel() + ": " + line.getMessage());
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    log.removeHandler(this);
    log.setUseParentHandlers(true);
  }
}
