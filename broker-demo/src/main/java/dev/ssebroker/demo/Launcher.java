package dev.ssebroker.demo;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Optional;

/** The jar's main class, which every Java since 8 can load: tells an old one what it takes. */
final class Launcher {
  private static final int NEEDED = 21;

  private Launcher() {}

  /** Runs the demo, or prints one line and exits with 1 if this Java is too old for it. */
  public static void main(String[] args) throws Throwable {
    Optional<String> refusal =
        refusal(
            System.getProperty("java.specification.version"),
            System.getProperty("java.version"),
            System.getProperty("java.home"));
    if (refusal.isPresent()) {
      System.err.println(refusal.get());
      System.exit(1);
    }
    // By name: the class itself is made for the newer Java.
    Method main =
        Class.forName("dev.ssebroker.demo.DemoCommand").getDeclaredMethod("main", String[].class);
    try {
      main.invoke(null, (Object) args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  /** Returns what is to be said to a Java that is too old: {@code 1.8} is 8, {@code 17} is 17. */
  static Optional<String> refusal(String specification, String version, String home) {
    String feature = specification.startsWith("1.") ? specification.substring(2) : specification;
    if (Integer.parseInt(feature) >= NEEDED) {
      return Optional.empty();
    }
    return Optional.of(
        "sse-broker needs Java "
            + NEEDED
            + " or newer; this is Java "
            + version
            + " ("
            + home
            + "). Start it with a newer one, such as $JAVA_HOME/bin/java.");
  }
}
