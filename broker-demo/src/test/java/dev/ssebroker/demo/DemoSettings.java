package dev.ssebroker.demo;

import java.util.Map;
import picocli.CommandLine;

/** Settings of a demo as its command line would make them. */
final class DemoSettings {
  private DemoSettings() {}

  static ServeSettings of(String... options) {
    CommandLine commandLine = new CommandLine(new ServeCommand().describe());
    return ServeOptions.read(new Given(commandLine.parseArgs(options), Map.of()));
  }
}
