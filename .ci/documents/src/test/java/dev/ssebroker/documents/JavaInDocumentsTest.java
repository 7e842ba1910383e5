package dev.ssebroker.documents;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compiles each java block of the documents. A block without a type is compiled as the body of a
 * method that throws Exception. A comment directly above a block can add imports and fields:
 *
 * <pre>&lt;!-- java: import java.net.URI; HttpServletRequest request; --&gt;</pre>
 */
class JavaInDocumentsTest {
  /** The default imports. They share one line with those of the block, to keep line numbers simple. */
  private static final List<String> IMPORTS =
      List.of(
          "dev.ssebroker.*",
          "dev.ssebroker.http.*",
          "dev.ssebroker.json.*",
          "dev.ssebroker.micrometer.*",
          "dev.ssebroker.redis.*",
          "java.nio.file.Path",
          "java.time.Duration",
          "java.util.*");

  private static final String FIELDS = "Broker broker; StreamHandler handler; String token;";
  private static final Pattern ADDITIONS = Pattern.compile("<!-- java: (.*) -->");
  private static final Pattern TYPE =
      Pattern.compile("(?m)^(final |abstract |sealed )*(class|record|interface|enum) \\w+");

  @TempDir private Path folder;

  /** A block; its line is that of the fence. */
  private record Block(Path file, int line, String additions, String text) {}

  @TestFactory
  Stream<DynamicTest> blockCompiles() throws IOException {
    List<Block> blocks = new ArrayList<>();
    try (Stream<Path> documents = Files.list(Path.of("docs"))) {
      Stream<Path> files =
          Stream.of(
                  Stream.of("README.md", "CONTRIBUTING.md", "examples/README.md").map(Path::of),
                  documents.filter(file -> file.toString().endsWith(".md")).sorted())
              .flatMap(stream -> stream);
      for (Path file : files.toList()) {
        blocks.addAll(blocks(file));
      }
    }
    if (blocks.isEmpty()) {
      fail("no document has a java block; has the working directory changed?");
    }
    return blocks.stream().map(block -> DynamicTest.dynamicTest(name(block), () -> compile(block)));
  }

  private static String name(Block block) {
    return block.file() + ":" + block.line();
  }

  private static List<Block> blocks(Path file) throws IOException {
    List<Block> blocks = new ArrayList<>();
    List<String> lines = Files.readAllLines(file);
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).equals("```java")) {
        int end = i + 1;
        while (!lines.get(end).equals("```")) {
          end++;
        }
        Matcher additions = ADDITIONS.matcher(i == 0 ? "" : lines.get(i - 1));
        String text = String.join("\n", lines.subList(i + 1, end));
        blocks.add(new Block(file, i + 1, additions.matches() ? additions.group(1) : "", text));
        i = end;
      }
    }
    return blocks;
  }

  private void compile(Block block) {
    DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<String> options =
        List.of(
            "--release",
            "21",
            "-proc:none",
            "-implicit:none",
            "-classpath",
            System.getProperty("java.class.path"),
            "-sourcepath",
            "examples/jwt/src/main/java",
            "-d",
            folder.toString());
    boolean compiled =
        compiler.getTask(null, null, problems, options, null, List.of(source(block))).call();
    if (!compiled) {
      fail(
          problems.getDiagnostics().stream()
              .filter(problem -> problem.getKind() == Diagnostic.Kind.ERROR)
              .map(problem -> message(block, problem))
              .reduce("", (all, one) -> all + "\n" + one));
    }
  }

  /** The first line of the block is the second one of the source, and follows the fence. */
  private static String message(Block block, Diagnostic<? extends JavaFileObject> problem) {
    long line = block.line() + problem.getLineNumber() - 1;
    return block.file() + ":" + line + ": " + problem.getMessage(Locale.ROOT);
  }

  private static JavaFileObject source(Block block) {
    StringBuilder imports = new StringBuilder();
    StringBuilder fields = new StringBuilder(FIELDS);
    IMPORTS.forEach(name -> imports.append("import ").append(name).append("; "));
    Arrays.stream(block.additions().split(";"))
        .map(String::strip)
        .filter(addition -> !addition.isEmpty())
        .forEach(
            addition ->
                (addition.startsWith("import ") ? imports : fields)
                    .append(addition)
                    .append("; "));
    String text =
        TYPE.matcher(block.text()).find()
            ? imports + "\n" + block.text()
            : imports
                + ("class Block { " + fields + " void run() throws Exception {\n")
                + (block.text() + "\n}}\n");
    return new SimpleJavaFileObject(
        URI.create("string:///Block.java"), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return text;
      }
    };
  }
}
