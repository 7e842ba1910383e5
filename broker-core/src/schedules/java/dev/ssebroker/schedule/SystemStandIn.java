package dev.ssebroker.schedule;

import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/** Stands in for {@link System}, with the schedule's time. What is logged is not shown. */
public final class SystemStandIn {
  private SystemStandIn() {}

  public static long nanoTime() {
    return Schedule.nanoTime();
  }

  public static System.Logger getLogger(String name) {
    return new Silence(name);
  }

  public static void arraycopy(Object from, int fromIndex, Object to, int toIndex, int length) {
    System.arraycopy(from, fromIndex, to, toIndex, length);
  }

  private record Silence(String getName) implements System.Logger {
    @Override
    public boolean isLoggable(Level level) {
      return false;
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String text,
        @Nullable Throwable thrown) {}

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String format,
        @Nullable Object @Nullable ... parameters) {}
  }
}
