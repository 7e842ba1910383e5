package dev.ssebroker.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Model.OptionSpec;

/**
 * One option of a command: how it is written, explained and read. Immutable.
 *
 * @param <T> what its text is read as
 * @param option such as {@code --port}
 * @param label what stands for its value in the help; empty for a switch, which has none
 * @param defaultText the value if none is given; empty if there is none
 * @param shown makes of its text what may be shown
 * @param reader throws an IllegalArgumentException that says what is wrong and what is allowed
 * @param help one or more lines
 */
record Setting<T>(
    String option,
    String label,
    Optional<String> defaultText,
    UnaryOperator<String> shown,
    Function<String, T> reader,
    List<String> help) {

  /** Describes an option with a value that has a default. */
  static <T> Setting<T> of(
      String option, String label, String defaultText, Function<String, T> reader, String... help) {
    return new Setting<>(
        option, label, Optional.of(defaultText), UnaryOperator.identity(), reader, List.of(help));
  }

  /** Describes an option with a value that may be absent. */
  static <T> Setting<T> optional(
      String option, String label, Function<String, T> reader, String... help) {
    return optional(option, label, UnaryOperator.identity(), reader, help);
  }

  /** Describes an option with a value that may be absent, and that is not shown as it is. */
  static <T> Setting<T> optional(
      String option,
      String label,
      UnaryOperator<String> shown,
      Function<String, T> reader,
      String... help) {
    return new Setting<>(option, label, Optional.empty(), shown, reader, List.of(help));
  }

  /** Describes an option whose value may be absent and is never shown. */
  static <T> Setting<T> secret(
      String option, String label, Function<String, T> reader, String... help) {
    return optional(option, label, text -> "********", reader, help);
  }

  /** Describes an option without a value, which is off by default. */
  static Setting<Boolean> toggle(String option, String... help) {
    return new Setting<>(
        option,
        "",
        Optional.of("false"),
        UnaryOperator.identity(),
        Setting::readBoolean,
        List.of(help));
  }

  private static boolean readBoolean(String text) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new IllegalArgumentException(
              "'%s' is not allowed; write true or false".formatted(text));
    };
  }

  /** The option without its hyphens. */
  String name() {
    return option.substring(2);
  }

  /** The environment variable that gives its value, such as {@code SSE_BROKER_PORT}. */
  String variable() {
    return "SSE_BROKER_" + name().replace('-', '_').toUpperCase(Locale.ROOT);
  }

  /** The option as picocli has it; its value is text, which is read later. */
  OptionSpec spec() {
    List<String> lines = new ArrayList<>(help);
    defaultText.filter(text -> !label.isEmpty()).ifPresent(text -> lines.add("Default: " + text));
    lines.add("Variable: " + variable());
    OptionSpec.Builder builder =
        OptionSpec.builder(option)
            .description(
                lines.stream().map(line -> line.replace("%", "%%")).toArray(String[]::new));
    return label.isEmpty()
        ? builder.type(boolean.class).arity("0").build()
        : builder.type(String.class).arity("1").paramLabel(label).build();
  }
}
