package dev.ssebroker.demo;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Optional;

/**
 * The main class of the jar. It runs on Java 8 or newer, and prints an error on a Java that is too
 * old.
 */
final class Launcher {
  private static final int REQUIRED = 21;

  private Launcher() {}

  /** Runs the demo. Prints one line and exits with 1 if this Java is too old. */
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
    // By name, since an old Java cannot load the class.
    Method main =
        Class.forName("dev.ssebroker.demo.DemoCommand").getDeclaredMethod("main", String[].class);
    try {
      main.invoke(null, (Object) args);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  /**
   * Returns the error for a Java that is too old; empty if it is new enough. {@code 1.8} is Java 8,
   * {@code 17} is Java 17.
   */
  static Optional<String> refusal(String specification, String version, String home) {
    String feature = specification.startsWith("1.") ? specification.substring(2) : specification;
    if (Integer.parseInt(feature) >= REQUIRED) {
      return Optional.empty();
    }
    return Optional.of(
        "sse-broker needs Java "
            + REQUIRED
            + " or newer; this is Java "
            + version
            + " ("
            + home
            + "). Run it with a newer one, such as $JAVA_HOME/bin/java.");
  }
}
