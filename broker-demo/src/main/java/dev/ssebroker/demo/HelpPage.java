package dev.ssebroker.demo;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Builds the help page of a command: description, groups of settings, examples, exit codes. */
final class HelpPage {
  private static final String JAR = "java -jar broker-demo.jar";

  /** The last lines of each description. */
  private static final List<String> VARIABLES =
      List.of(
          "",
          "Every option can also be set by its environment variable. The option takes",
          "precedence. An empty variable counts as unset.");

  private final CommandSpec spec;
  private int groups;

  /**
   * Starts the page.
   *
   * @param synopsis the command line after the name of the jar
   * @param description the lines of the description
   */
  HelpPage(String synopsis, String... description) {
    spec = CommandSpec.create().name(JAR).mixinStandardHelpOptions(true);
    spec.versionProvider(new Version());
    spec.usageMessage()
        .autoWidth(true)
        .sortOptions(false)
        .customSynopsis(JAR + " " + synopsis)
        .description(
            Stream.concat(Arrays.stream(description), VARIABLES.stream()).toArray(String[]::new))
        .parameterListHeading("%nArguments:%n")
        .optionListHeading("%nOptions:%n")
        .exitCodeListHeading("%nExit codes:%n");
  }

  HelpPage group(String heading, List<Setting<?>> settings) {
    ArgGroupSpec.Builder group =
        ArgGroupSpec.builder().validate(false).heading("%n" + heading + ":%n").order(groups);
    settings.forEach(setting -> group.addArg(setting.spec()));
    spec.addArgGroup(group.build());
    groups++;
    return this;
  }

  HelpPage argument(String label, String... description) {
    spec.addPositional(
        PositionalParamSpec.builder()
            .paramLabel(label)
            .type(String.class)
            .index("0")
            .arity("0..1")
            .description(description)
            .build());
    return this;
  }

  HelpPage footer(String heading, String... lines) {
    spec.usageMessage().footerHeading("%n" + heading + ":%n").footer(lines);
    return this;
  }

  HelpPage exitCode(int code, String meaning) {
    Map<String, String> codes = new LinkedHashMap<>(spec.usageMessage().exitCodeList());
    codes.put("%3d".formatted(code), meaning);
    spec.usageMessage().exitCodeList(codes);
    return this;
  }

  CommandSpec spec() {
    return spec;
  }

  /** Reads the version from the manifest of the jar. */
  private static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String build =
          Optional.ofNullable(HelpPage.class.getPackage().getImplementationVersion())
              .orElse("(not from its jar)");
      return new String[] {
        "sse-broker demo %s, Java %s".formatted(build, System.getProperty("java.version"))
      };
    }
  }
}
