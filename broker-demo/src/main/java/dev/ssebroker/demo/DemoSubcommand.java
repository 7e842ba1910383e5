package dev.ssebroker.demo;

import picocli.CommandLine.Model.CommandSpec;

/** One subcommand of the demo. */
interface DemoSubcommand {

  /** Describes the command line and the help page. */
  CommandSpec describe();

  /**
   * Runs the subcommand.
   *
   * @return the exit code
   * @throws UsageFailure if a setting is invalid; nothing has then been started
   * @throws InterruptedException if the calling thread is interrupted
   */
  int run(SettingValues values, CommandContext surroundings) throws InterruptedException;
}
