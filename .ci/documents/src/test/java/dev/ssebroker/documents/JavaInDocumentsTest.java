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
 * Compiles each java block of the documents. What has no type of its own is the body of a method
 * that may throw anything. A comment right above a block can give it imports and fields:
 *
 * <pre>&lt;!-- java: import java.net.URI; HttpServletRequest request; --&gt;</pre>
 */
class JavaInDocumentsTest {
  /** Besides these, the block's own. All on one line, so that lines can be counted. */
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
  private static final Pattern GIVEN = Pattern.compile("<!-- java: (.*) -->");
  private static final Pattern TYPE =
      Pattern.compile("(?m)^(final |abstract |sealed )*(class|record|interface|enum) \\w+");

  @TempDir private Path folder;

  /** The line is that of the fence. */
  private record Block(Path file, int line, String given, String text) {}

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
        Matcher given = GIVEN.matcher(i == 0 ? "" : lines.get(i - 1));
        String text = String.join("\n", lines.subList(i + 1, end));
        blocks.add(new Block(file, i + 1, given.matches() ? given.group(1) : "", text));
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

  /** The block's first line is the source's second, and stands behind the fence. */
  private static String message(Block block, Diagnostic<? extends JavaFileObject> problem) {
    long line = block.line() + problem.getLineNumber() - 1;
    return block.file() + ":" + line + ": " + problem.getMessage(Locale.ROOT);
  }

  private static JavaFileObject source(Block block) {
    StringBuilder imports = new StringBuilder();
    StringBuilder fields = new StringBuilder(FIELDS);
    IMPORTS.forEach(name -> imports.append("import ").append(name).append("; "));
    Arrays.stream(block.given().split(";"))
        .map(String::strip)
        .filter(given -> !given.isEmpty())
        .forEach(
            given -> (given.startsWith("import ") ? imports : fields).append(given).append("; "));
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
