package dev.ssebroker.bench;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A measured server in its own process. */
final class MeasuredServer implements AutoCloseable {
  static final String RAW_LOOP = "raw-loop";
  static final String BROKER = "broker";

  /** The suffix of a peer with a queue per client, instead of the way its documentation shows. */
  static final String QUEUES = "+queues";

  private static final int CANNOT_RUN = 3;
  private static final int START_SECONDS = 120;

  /** Thrown when a server does not start. */
  static final class StartFailure extends Exception {
    private static final long serialVersionUID = 1;

    /** Whether this machine lacks a requirement, so that another attempt would fail too. */
    final boolean permanent;

    StartFailure(String message, boolean permanent) {
      super(message);
      this.permanent = permanent;
    }
  }

  private final ChildProcess process;
  private final int port;
  private final List<Long> pids;

  private MeasuredServer(ChildProcess process, int port, List<Long> pids) {
    this.process = process;
    this.port = port;
    this.pids = pids;
  }

  /**
   * Starts a server on a free port and waits until it listens.
   *
   * @param name the name of a peer, or one of the constants
   * @param peers the folder with start.sh of the peers
   * @param javaOptions the options for servers with a JVM
   */
  static MeasuredServer start(String name, Path peers, List<String> javaOptions, int rate, int size)
      throws StartFailure, IOException, InterruptedException {
    int port = freePort();
    List<String> arguments =
        List.of(String.valueOf(port), String.valueOf(rate), String.valueOf(size));
    List<String> options = new ArrayList<>(javaOptions);
    List<String> command =
        switch (name) {
          case RAW_LOOP -> java(options, RawLoop.class, arguments);
          case BROKER -> java(options, TickerServer.class, arguments);
          default -> {
            if (name.endsWith(QUEUES)) {
              options.add("-Dfanout=queues");
            }
            List<String> script = new ArrayList<>();
            script.add(peers.resolve("start.sh").toString());
            script.add(peerName(name));
            script.addAll(arguments);
            yield script;
          }
        };
    ChildProcess process =
        ChildProcess.start(
            command, Map.of("JAVA", javaCommand(), "PEER_JAVA_OPTS", String.join(" ", options)));
    try {
      return listening(process, port);
    } catch (StartFailure | InterruptedException | RuntimeException e) {
      process.close();
      throw e;
    }
  }

  static String peerName(String name) {
    return name.endsWith(QUEUES) ? name.substring(0, name.length() - QUEUES.length()) : name;
  }

  private static MeasuredServer listening(ChildProcess process, int port)
      throws StartFailure, InterruptedException {
    if (process.awaitLine("listening on ", START_SECONDS).isEmpty()) {
      if (!process.awaitEnd(1)) {
        throw new StartFailure("it did not listen within %d s".formatted(START_SECONDS), false);
      }
      int code = process.exitCode();
      throw new StartFailure(
          code == CANNOT_RUN && !process.lastLine().isEmpty()
              ? process.lastLine()
              : "it exited with %d: %s".formatted(code, process.lastLine()),
          code == CANNOT_RUN);
    }
    List<Long> pids =
        process
            .line("server pids: ")
            .map(line ->
                Arrays.stream(line.replaceAll("[^0-9 ]", "").trim().split(" +", -1))
                    .map(Long::valueOf)
                    .toList())
            .orElse(List.of(process.pid()));
    return new MeasuredServer(process, port, pids);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket =
        new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
      return socket.getLocalPort();
    }
  }

  /** Returns the command that runs a class of this jar with the current Java. */
  static List<String> java(List<String> options, Class<?> main, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(javaCommand());
    command.addAll(options);
    command.add("-cp");
    command.add(System.getProperty("java.class.path", ""));
    command.add(main.getName());
    command.addAll(arguments);
    return command;
  }

  private static String javaCommand() {
    return System.getProperty("java.home") + File.separator + "bin" + File.separator + "java";
  }

  String url() {
    return "http://127.0.0.1:" + port + "/events";
  }

  /** Returns the processes to measure, in the format of {@code Load --pid}. */
  String pids() {
    return pids.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  /** Ends the processes of the server. */
  @Override
  public void close() {
    process.close();
  }
}
