package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LauncherTest {

  @ParameterizedTest
  @CsvSource({"1.8, 1.8.0_432", "9, 9.0.4", "11, 11.0.25", "17, 17.0.15", "20, 20.0.2"})
  void oldJavaIsRefusedWithTheRequiredVersion(String specification, String version) {
    assertEquals(
        Optional.of(
            "sse-broker needs Java 21 or newer; this is Java "
                + version
                + " (/opt/jdk). Run it with a newer one, such as"
                + " $JAVA_HOME/bin/java."),
        Launcher.refusal(specification, version, "/opt/jdk"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"21", "22", "25", "100"})
  void newEnoughJavaIsAccepted(String specification) {
    assertEquals(Optional.empty(), Launcher.refusal(specification, specification, "/opt/jdk"));
  }
}
