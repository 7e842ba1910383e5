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

/** The entry point of the demo. Finds the subcommand on the command line and runs it. */
final class DemoCommand {
  private static final List<String> NAMES = List.of("serve", "publish", "subscribe");

  private DemoCommand() {}

  public static void main(String[] args) {
    Log.formatLibraryLines();
    int status = run(CommandContext.ofProcess(), args);
    if (status != ExitCode.OK) {
      System.exit(status);
    }
  }

  /**
   * Runs the subcommand that the first argument names, by default {@code serve}. After {@code
   * serve} returns, the ticker's thread keeps the process alive until a signal stops it.
   *
   * @return the exit code; 0 if the demo is running
   */
  static int run(CommandContext surroundings, String... args) {
    List<String> rest = new ArrayList<>(List.of(args));
    String name = !rest.isEmpty() && NAMES.contains(rest.getFirst()) ? rest.removeFirst() : "serve";
    DemoSubcommand command =
        switch (name) {
          case "publish" -> new PublishCommand();
          case "subscribe" -> new SubscribeCommand();
          default -> new ServeCommand();
        };
    CommandLine commandLine = new CommandLine(command.describe());
    // A message may start with an @.
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
      return command.run(new SettingValues(parsed, surroundings.environment()), surroundings);
    } catch (UnmatchedArgumentException e) {
      return usageError(unknown(e), surroundings);
    } catch (ParameterException e) {
      return usageError(String.valueOf(e.getMessage()), surroundings);
    } catch (UsageFailure e) {
      return usageError(e.line(), surroundings);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ExitCode.SOFTWARE;
    }
  }

  /** Prints the error without the full help, which would hide it. */
  private static int usageError(String line, CommandContext surroundings) {
    surroundings.err().println(line);
    surroundings.err().println("Try --help.");
    return ExitCode.USAGE;
  }

  /** Names the first argument only. The following ones may be its intended values. */
  private static String unknown(UnmatchedArgumentException e) {
    String argument = e.getUnmatched().getFirst();
    Optional<String> similar =
        e.isUnknownOption() ? e.getSuggestions().stream().findFirst() : suggestion(argument);
    return "Unknown %s '%s'.%s"
        .formatted(
            e.isUnknownOption() ? "option" : "argument",
            argument,
            similar.map(" Did you mean %s?"::formatted).orElse(""));
  }

  /** Returns the subcommand with the same first letters, as a suggestion. */
  private static Optional<String> suggestion(String argument) {
    String lower = argument.toLowerCase(Locale.ROOT);
    String prefix = lower.substring(0, Math.min(3, lower.length()));
    return prefix.length() < 3
        ? Optional.empty()
        : NAMES.stream().filter(name -> name.startsWith(prefix)).findFirst();
  }
}
