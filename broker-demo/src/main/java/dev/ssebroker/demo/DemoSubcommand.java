package dev.ssebroker.demo;

import picocli.CommandLine.Model.CommandSpec;

/** One of the things that the jar does, by name. */
interface DemoSubcommand {

  /** Describes the command line and the page of help. */
  CommandSpec describe();

  /**
   * Does what was asked for.
   *
   * @return the exit code
   * @throws Misuse if what was given cannot be used; nothing is then left running
   * @throws InterruptedException if this thread is asked to end
   */
  int run(Given given, Surroundings surroundings) throws InterruptedException;
}
