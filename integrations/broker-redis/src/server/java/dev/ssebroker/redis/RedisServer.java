package dev.ssebroker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import redis.clients.jedis.Jedis;
import redis.embedded.core.ExecutableProvider;

/** A Redis process for one test, with its own port and directory. Saves only on request. */
public final class RedisServer implements AutoCloseable {
  private static final Path DIRECTORY = temporaryDirectory();
  private static final Path EMBEDDED = embeddedProgram();

  private final Path program;
  private final int port;
  private final List<String> options;
  private final Path directory;
  private Process process;

  private RedisServer(Path program, int port, List<String> options) throws IOException {
    this.program = program;
    this.port = port;
    this.options = options;
    this.directory = Files.createTempDirectory(DIRECTORY, "server");
    this.process = startProcess();
  }

  /** Returns the server binary of the build, and the first one on the PATH. */
  static Stream<Path> programs() {
    Stream<Path> installed =
        Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
            .map(Path::of)
            .flatMap(
                directory -> Stream.of("redis-server", "valkey-server").map(directory::resolve))
            .filter(Files::isExecutable)
            .limit(1);
    return Stream.concat(Stream.of(EMBEDDED), installed);
  }

  static RedisServer start(Path program, String... options) throws IOException {
    return new RedisServer(program, freePort(), List.of(options));
  }

  public static RedisServer start(String... options) throws IOException {
    return start(EMBEDDED, options);
  }

  static RedisServer startAt(int port) throws IOException {
    return new RedisServer(EMBEDDED, port, List.of());
  }

  private static Path temporaryDirectory() {
    try {
      Path directory = Files.createTempDirectory("redis");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory)));
      return directory;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Path embeddedProgram() {
    try {
      return ExecutableProvider.newJarResourceProvider(DIRECTORY.toFile()).get().toPath();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Process startProcess() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    command.addAll(List.of("--port", "" + port, "--bind", "127.0.0.1", "--save", ""));
    command.addAll(List.of("--dir", directory.toString(), "--repl-diskless-sync-delay", "0"));
    command.addAll(options);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    BufferedReader log = process.inputReader(UTF_8);
    List<String> output = new ArrayList<>();
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      output.add(line);
      if (line.contains("eady to accept connections")) {
        Thread.ofVirtual().start(() -> drain(log));
        return process;
      }
    }
    throw new IOException(String.join("\n", output));
  }

  private static void drain(BufferedReader log) {
    try {
      log.transferTo(Writer.nullWriter());
    } catch (IOException e) {
      // The process was killed.
    }
  }

  public int port() {
    return port;
  }

  public String uri() {
    return "redis://127.0.0.1:" + port;
  }

  /** Returns a plain client. */
  Jedis client() {
    return new Jedis("127.0.0.1", port);
  }

  /** Kills the process, without a save. */
  public void kill() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        throw new AssertionError("Redis did not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Starts the process again, with the same port and data. */
  public void restart() throws IOException {
    process = startProcess();
  }

  @Override
  public void close() {
    kill();
  }
}
