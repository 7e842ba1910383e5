package dev.ssebroker.demo;

import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * What was given for the settings of a command: an option wins over the environment, which wins
 * over the default. An empty variable gives nothing.
 */
final class Given {
  private final ParseResult parsed;
  private final Map<String, String> environment;

  Given(ParseResult parsed, Map<String, String> environment) {
    this.parsed = parsed;
    this.environment = environment;
  }

  /**
   * Returns the value of a setting.
   *
   * @throws Misuse if it has none, or its text cannot be read
   */
  <T> T get(Setting<T> setting) {
    return find(setting)
        .orElseThrow(() ->
            new Misuse(
                "Missing option '%s' (%s), which may also be given by %s"
                    .formatted(setting.option(), setting.label(), setting.variable())));
  }

  /**
   * Returns the value of a setting, if it has one.
   *
   * @throws Misuse if its text cannot be read
   */
  <T> Optional<T> find(Setting<T> setting) {
    return text(setting).map(text -> read(setting, text));
  }

  private <T> T read(Setting<T> setting, String text) {
    try {
      return setting.reader().apply(text);
    } catch (IllegalArgumentException e) {
      throw wrong(setting, String.valueOf(e.getMessage()));
    }
  }

  /** Returns what says that the value of a setting is wrong, by the name with which it came. */
  Misuse wrong(Setting<?> setting, String reason) {
    String name =
        isOption(setting) || variable(setting).isEmpty()
            ? "option '" + setting.option() + "'"
            : setting.variable();
    return new Misuse("Invalid value for " + name + ": " + reason);
  }

  /** Returns the text of a setting's value, if it has one. */
  Optional<String> text(Setting<?> setting) {
    return option(setting).or(() -> variable(setting)).or(setting::defaultText);
  }

  /** Returns where the value of a setting comes from. */
  String origin(Setting<?> setting) {
    if (isOption(setting)) {
      return "option " + setting.option();
    }
    return variable(setting).isPresent() ? "environment " + setting.variable() : "default";
  }

  /** Whether the setting stands on the command line. */
  boolean isOption(Setting<?> setting) {
    return parsed.hasMatchedOption(setting.option());
  }

  private Optional<String> option(Setting<?> setting) {
    return Optional.ofNullable(parsed.matchedOption(setting.option()))
        .map(OptionSpec::getValue)
        .map(Object::toString);
  }

  private Optional<String> variable(Setting<?> setting) {
    return Optional.ofNullable(environment.get(setting.variable())).filter(text -> !text.isEmpty());
  }

  /** Returns what was given for an argument that is no option, such as a file. */
  Optional<String> argument() {
    return Optional.ofNullable(parsed.matchedPositionalValue(0, (String) null));
  }
}
