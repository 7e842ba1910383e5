package dev.ssebroker.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Model.OptionSpec;

/**
 * One option of a command: its name, its help and its parser. Immutable.
 *
 * @param <T> the type of the value
 * @param option the option, such as {@code --port}
 * @param label the placeholder of the value in the help; empty for a switch
 * @param defaultText the default value; empty if there is none
 * @param shown removes secrets from the text of a value
 * @param reader parses the value; throws an IllegalArgumentException with what is wrong and what is
 *     allowed
 * @param help one or more lines of help
 */
record Setting<T>(
    String option,
    String label,
    Optional<String> defaultText,
    UnaryOperator<String> shown,
    Function<String, T> reader,
    List<String> help) {

  /** Creates an option with a default value. */
  static <T> Setting<T> of(
      String option, String label, String defaultText, Function<String, T> reader, String... help) {
    return new Setting<>(
        option, label, Optional.of(defaultText), UnaryOperator.identity(), reader, List.of(help));
  }

  /** Creates an option without a default value. */
  static <T> Setting<T> optional(
      String option, String label, Function<String, T> reader, String... help) {
    return optional(option, label, UnaryOperator.identity(), reader, help);
  }

  /** Creates an option without a default value whose text may contain secrets. */
  static <T> Setting<T> optional(
      String option,
      String label,
      UnaryOperator<String> shown,
      Function<String, T> reader,
      String... help) {
    return new Setting<>(option, label, Optional.empty(), shown, reader, List.of(help));
  }

  /** Creates an option without a default value whose text is never shown. */
  static <T> Setting<T> secret(
      String option, String label, Function<String, T> reader, String... help) {
    return optional(option, label, text -> "********", reader, help);
  }

  /** Creates a switch, which is off by default. */
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

  /** Returns the option without its hyphens. */
  String name() {
    return option.substring(2);
  }

  /** Returns the environment variable of the option, such as {@code SSE_BROKER_PORT}. */
  String variable() {
    return "SSE_BROKER_" + name().replace('-', '_').toUpperCase(Locale.ROOT);
  }

  /** Returns the option for picocli. Its value stays text, which {@link SettingValues} parses. */
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
