package dev.ssebroker.demo;

import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * The values of a command's settings. An option takes precedence over an environment variable,
 * which takes precedence over the default. An empty variable counts as unset.
 */
final class SettingValues {
  private final ParseResult parsed;
  private final Map<String, String> environment;

  SettingValues(ParseResult parsed, Map<String, String> environment) {
    this.parsed = parsed;
    this.environment = environment;
  }

  /**
   * Returns the value of a required setting.
   *
   * @throws UsageFailure if the setting has no value, or an invalid one
   */
  <T> T get(Setting<T> setting) {
    return find(setting)
        .orElseThrow(() ->
            new UsageFailure(
                "Missing option '%s' (%s); it can also be set by %s"
                    .formatted(setting.option(), setting.label(), setting.variable())));
  }

  /**
   * Returns the value of a setting, if it has one.
   *
   * @throws UsageFailure if the value is invalid
   */
  <T> Optional<T> find(Setting<T> setting) {
    return text(setting).map(text -> read(setting, text));
  }

  private <T> T read(Setting<T> setting, String text) {
    try {
      return setting.reader().apply(text);
    } catch (IllegalArgumentException e) {
      throw invalid(setting, String.valueOf(e.getMessage()));
    }
  }

  /** Returns the failure for an invalid value. Its message names the option or variable. */
  UsageFailure invalid(Setting<?> setting, String reason) {
    String name =
        isOption(setting) || variable(setting).isEmpty()
            ? "option '" + setting.option() + "'"
            : setting.variable();
    return new UsageFailure("Invalid value for " + name + ": " + reason);
  }

  /** Returns the unparsed value of a setting, if it has one. */
  Optional<String> text(Setting<?> setting) {
    return option(setting).or(() -> variable(setting)).or(setting::defaultText);
  }

  /** Returns the source of the value of a setting. */
  String origin(Setting<?> setting) {
    if (isOption(setting)) {
      return "option " + setting.option();
    }
    return variable(setting).isPresent() ? "environment " + setting.variable() : "default";
  }

  /** Returns whether the setting is on the command line. */
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

  /** Returns the positional argument, such as a file, if there is one. */
  Optional<String> argument() {
    return Optional.ofNullable(parsed.matchedPositionalValue(0, (String) null));
  }
}
