package dev.ssebroker.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The demo's command line: finds the command and runs it. */
final class DemoCommand {
  private static final List<String> NAMES = List.of("serve", "publish", "subscribe");

  private DemoCommand() {}

  public static void main(String[] args) {
    Log.formatLibraryLines();
    int status = run(Surroundings.ofProcess(), args);
    if (status != ExitCode.OK) {
      System.exit(status);
    }
  }

  /**
   * Does what the arguments say; the first is the name of a command, or else it is {@code serve}.
   * Once a demo serves, its ticker's thread keeps the process alive until a signal ends it.
   *
   * @return the exit code; 0 if the demo is running
   */
  static int run(Surroundings surroundings, String... args) {
    List<String> rest = new ArrayList<>(List.of(args));
    String name = !rest.isEmpty() && NAMES.contains(rest.getFirst()) ? rest.removeFirst() : "serve";
    DemoSubcommand command =
        switch (name) {
          case "publish" -> new PublishCommand();
          case "subscribe" -> new SubscribeCommand();
          default -> new ServeCommand();
        };
    CommandLine commandLine = new CommandLine(command.describe());
    // A message may begin with an @.
    commandLine.setExpandAtFiles(false);
    commandLine.setOverwrittenOptionsAllowed(true);
    try {
      ParseResult parsed = commandLine.parseArgs(rest.toArray(String[]::new));
      if (parsed.isUsageHelpRequested()) {
        commandLine.usage(surroundings.outLines());
        return ExitCode.OK;
      }
      if (parsed.isVersionHelpRequested()) {
        commandLine.printVersionHelp(surroundings.outLines());
        return ExitCode.OK;
      }
      return command.run(new Given(parsed, surroundings.environment()), surroundings);
    } catch (UnmatchedArgumentException e) {
      return misused(unknown(e), surroundings);
    } catch (ParameterException e) {
      return misused(String.valueOf(e.getMessage()), surroundings);
    } catch (Misuse e) {
      return misused(e.line(), surroundings);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ExitCode.SOFTWARE;
    }
  }

  /** Says what is wrong, without the page of help that would hide it. */
  private static int misused(String line, Surroundings surroundings) {
    surroundings.err().println(line);
    surroundings.err().println("Try --help.");
    return ExitCode.USAGE;
  }

  /** Names the first argument only: those behind it may have been meant as its values. */
  private static String unknown(UnmatchedArgumentException e) {
    String argument = e.getUnmatched().getFirst();
    Optional<String> similar =
        e.isUnknownOption() ? e.getSuggestions().stream().findFirst() : command(argument);
    return "Unknown %s '%s'.%s"
        .formatted(
            e.isUnknownOption() ? "option" : "argument",
            argument,
            similar.map(" Did you mean %s?"::formatted).orElse(""));
  }

  /** Returns the command that may have been meant: one that begins alike. */
  private static Optional<String> command(String argument) {
    String lower = argument.toLowerCase(Locale.ROOT);
    String begin = lower.substring(0, Math.min(3, lower.length()));
    return begin.length() < 3
        ? Optional.empty()
        : NAMES.stream().filter(name -> name.startsWith(begin)).findFirst();
  }
}
