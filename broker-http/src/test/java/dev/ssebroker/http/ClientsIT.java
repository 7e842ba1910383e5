package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.launchdarkly.eventsource.ConnectStrategy;
import com.launchdarkly.eventsource.ErrorStrategy;
import com.launchdarkly.eventsource.FaultEvent;
import com.launchdarkly.eventsource.MessageEvent;
import com.launchdarkly.eventsource.StreamClosedByServerException;
import com.launchdarkly.eventsource.StreamEvent;
import dev.ssebroker.Subscription;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import okhttp3.OkHttpClient;
import okhttp3.Response;
import okhttp3.sse.EventSource;
import okhttp3.sse.EventSourceListener;
import okhttp3.sse.EventSources;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The streams as clients of other projects receive them. */
class ClientsIT {
  private final TickerServer ticker;

  ClientsIT() throws IOException {
    ticker = new TickerServer();
  }

  @AfterEach
  void close() {
    ticker.close();
  }

  @Test
  void okHttpReceivesEverythingAcrossACut() throws Exception {
    try (OkHttp client = new OkHttp(ticker.url("/events"))) {
      receivesEverythingOverACut(client, "cut");
      assertEquals("ended", client.next());
    }
  }

  @Test
  void launchDarklyReceivesEverythingAcrossACut() throws Exception {
    try (LaunchDarkly client = new LaunchDarkly(ticker.url("/events"))) {
      receivesEverythingOverACut(client, "cut");
      assertEquals("ended", client.next());
    }
  }

  @Test
  void jdkReceivesEverythingAcrossACut() throws Exception {
    try (Jdk client = new Jdk(ticker.url("/events"))) {
      receivesEverythingOverACut(client, "cut");
      assertEquals("ended", client.next());
    }
  }

  @Test
  void curlReceivesEverythingAcrossACut() throws Exception {
    try (Curl client = new Curl(ticker.url("/events"))) {
      receivesEverythingOverACut(client, "cut");
      assertEquals("ended", client.next());
    }
  }

  @Test
  void curlReceivesEverythingAcrossACutCompressed(@TempDir Path directory) throws Exception {
    Path head = directory.resolve("head");
    try (Curl client =
        new Curl(ticker.url("/events"), "--compressed", "--dump-header", head.toString())) {
      receivesEverythingOverACut(client, "cut");
      assertEquals("ended", client.next());
    }
    assertTrue(Files.readString(head).contains("\r\nContent-Encoding: gzip\r\n"));
  }

  @Test
  void chromiumReceivesEverythingAcrossACut(@TempDir Path profile) throws Exception {
    try (Chromium client = new Chromium(ticker, profile)) {
      receivesEverythingOverACut(client, "ended");
      assertEquals("ended", client.next());
      assertEquals("over", client.next());
    }
  }

  /** The next lines are the end of the stream as the client reports it. */
  private void receivesEverythingOverACut(EventClient client, String cut) throws Exception {
    Subscription first = ticker.nextStream();
    ticker.publish(0, 2000);
    List<String> received = new ArrayList<>();
    while (received.size() < 500) {
      received.add(client.next());
    }
    first.disconnected();
    ticker.publish(2000, 2500);
    String line = client.next();
    while (!line.equals(cut)) {
      received.add(line);
      line = client.next();
    }
    client.reconnect();
    Subscription second = ticker.nextStream();
    ticker.publish(2500, 3000);
    while (received.size() < 3000) {
      received.add(client.next());
    }
    assertEquals(IntStream.range(0, 3000).mapToObj(String::valueOf).toList(), received);
    ticker.stopReconnects();
    second.close();
  }

  private static final class OkHttp extends EventClient {
    private final OkHttpClient http =
        new OkHttpClient.Builder().readTimeout(30, TimeUnit.SECONDS).build();
    private final String url;

    OkHttp(String url) {
      this.url = url;
      reconnect();
    }

    @Override
    void reconnect() {
      okhttp3.Request request =
          new okhttp3.Request.Builder().url(url).header("Last-Event-ID", lastId()).build();
      EventSources.createFactory(http).newEventSource(request, new Listener());
    }

    @Override
    public void close() {
      http.dispatcher().cancelAll();
      http.dispatcher().executorService().shutdown();
    }

    private final class Listener extends EventSourceListener {
      @Override
      public void onEvent(
          EventSource source, @Nullable String id, @Nullable String type, String data) {
        received(String.valueOf(id), data);
      }

      @Override
      public void onClosed(EventSource source) {
        ended("ended");
      }

      @Override
      public void onFailure(
          EventSource source, @Nullable Throwable t, @Nullable Response response) {
        ended("cut");
      }
    }
  }

  /** Reconnects by itself, and stops on a 204. */
  private static final class LaunchDarkly extends EventClient {
    private final com.launchdarkly.eventsource.EventSource source;

    LaunchDarkly(String url) {
      source =
          new com.launchdarkly.eventsource.EventSource.Builder(
                  ConnectStrategy.http(URI.create(url)).readTimeout(30, TimeUnit.SECONDS))
              .errorStrategy(ErrorStrategy.alwaysContinue())
              .retryDelay(10, TimeUnit.MILLISECONDS)
              .build();
      Thread.ofVirtual().start(this::read);
    }

    private void read() {
      try {
        for (StreamEvent event : source.anyEvents()) {
          if (event instanceof MessageEvent message) {
            received(message.getLastEventId(), message.getData());
          } else if (event instanceof FaultEvent fault) {
            ended(fault.getCause() instanceof StreamClosedByServerException ? "ended" : "cut");
          }
        }
      } catch (RuntimeException e) {
        ended(e.toString());
      }
    }

    @Override
    public void close() {
      source.close();
    }
  }

  private static final class Jdk extends EventClient {
    private final HttpClient http = HttpClient.newHttpClient();
    private final String url;

    Jdk(String url) {
      this.url = url;
      reconnect();
    }

    @Override
    void reconnect() {
      HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
      if (!lastId().isEmpty()) {
        request.header("Last-Event-ID", lastId());
      }
      Thread.ofVirtual().start(() -> read(request.build()));
    }

    private void read(HttpRequest request) {
      try (Stream<String> lines = http.send(request, HttpResponse.BodyHandlers.ofLines()).body()) {
        lines.forEach(this::line);
        ended("ended");
      } catch (IOException | UncheckedIOException e) {
        discardIncomplete();
        ended("cut");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void close() {
      http.shutdownNow();
    }
  }

  private static final class Curl extends EventClient {
    private final List<String> command;
    private Process process;

    Curl(String url, String... options) throws IOException {
      command = new ArrayList<>(List.of(program("curl").toString(), "-sN", url));
      command.addAll(List.of(options));
      process = start();
    }

    private Process start() throws IOException {
      List<String> all = new ArrayList<>(command);
      if (!lastId().isEmpty()) {
        all.addAll(List.of("-H", "Last-Event-ID: " + lastId()));
      }
      Process started =
          new ProcessBuilder(all).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      Thread.ofVirtual().start(() -> read(started));
      return started;
    }

    @Override
    void reconnect() throws IOException {
      process = start();
    }

    private void read(Process started) {
      try (BufferedReader lines = started.inputReader()) {
        lines.lines().forEach(this::line);
        discardIncomplete();
        ended(started.waitFor() == 0 ? "ended" : "cut");
      } catch (IOException | UncheckedIOException e) {
        ended(e.toString());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void close() {
      process.destroy();
    }
  }

  /** Reconnects by itself. Its page reports what it receives to the server. */
  private static final class Chromium extends EventClient {
    private final Process process;

    Chromium(TickerServer ticker, Path directory) throws IOException {
      super(ticker.seen());
      ProcessBuilder command =
          new ProcessBuilder(
              program("chromium", "chromium-browser", "google-chrome").toString(),
              "--headless",
              "--no-sandbox",
              "--disable-gpu",
              "--disable-dev-shm-usage",
              "--no-first-run",
              "--user-data-dir=" + directory,
              ticker.url("/"));
      command.environment().put("TMPDIR", directory.toString());
      process =
          command
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    }

    /** Waits for the last process, because its directory is deleted next. */
    @Override
    public void close() {
      List<ProcessHandle> all =
          Stream.concat(process.descendants(), Stream.of(process.toHandle())).toList();
      all.forEach(ProcessHandle::destroyForcibly);
      for (ProcessHandle one : all) {
        one.onExit().join();
      }
    }
  }

  /** The first of the programs that is on the PATH. The test is skipped if there is none. */
  private static Path program(String... names) {
    Optional<Path> found =
        Stream.of(names)
            .flatMap(name ->
                Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                    .splitAsStream(System.getenv("PATH"))
                    .map(directory -> Path.of(directory, name)))
            .filter(Files::isExecutable)
            .findFirst();
    assumeTrue(
        found.isPresent(),
        () -> names[0] + " is not on the PATH; install it: apt-get install " + names[0]);
    return found.orElseThrow();
  }
}
