package dev.ssebroker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** 10,000 clients that do not read, in a heap that holds what they share and no more. */
class StalledClientsIT {
  private static final String HEAP = "-Xmx96m";
  private static final long PATIENCE_SECONDS = 120;

  @TempDir private Path directory;

  @Test
  void clientsThatFellBehindCostNoMemoryAndHoldUpNobody() throws Exception {
    run(StalledClients.Case.BEHIND, 20_000);
  }

  @Test
  void clientsThatDropTheOldestCostNoMemoryAndHoldUpNobody() throws Exception {
    run(StalledClients.Case.DROPPING, 5_000);
  }

  @SuppressWarnings("SystemOut")
  private void run(StalledClients.Case which, int events) throws Exception {
    Path output = directory.resolve("output");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                HEAP,
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                StalledClients.class.getName(),
                which.name(),
                Integer.toString(events))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean exited;
    try {
      exited = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } finally {
      process.destroyForcibly().waitFor();
    }
    String told = Files.readString(output);
    System.out.print(told);
    assertTrue(exited, () -> "the program hangs: " + told);
    assertEquals(0, process.exitValue(), told);
  }
}
