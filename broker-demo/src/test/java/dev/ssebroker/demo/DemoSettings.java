package dev.ssebroker.demo;

import java.util.Map;
import picocli.CommandLine;

/** Creates the settings of a demo from a command line. */
final class DemoSettings {
  private DemoSettings() {}

  static ServeSettings of(String... options) {
    CommandLine commandLine = new CommandLine(new ServeCommand().describe());
    return ServeOptions.read(new SettingValues(commandLine.parseArgs(options), Map.of()));
  }
}
