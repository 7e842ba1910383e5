import dev.ssebroker.Broker;
import dev.ssebroker.BrokerListener;
import dev.ssebroker.CloseReason;
import dev.ssebroker.Event;
import dev.ssebroker.Subscription;
import dev.ssebroker.http.Access;
import dev.ssebroker.http.Authorizer;
import dev.ssebroker.http.SseServer;
import dev.ssebroker.http.StreamHandler;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * The server behind the proxies, and their client. Its arguments are its port, the certificate of
 * the proxies, and a file with one line for each proxy and configuration: name, configuration, URL
 * for HTTP/1.1, URL for HTTP/2 or "-". It prints what it measured, and then the rows of the table.
 *
 * <p>The latency is the time from publish to the line at the client, of the slowest event but one:
 * a pause of the machine delays one event, a buffer delays all.
 */
final class Proxies {
  private static final int ROUNDS = 4;
  private static final int EVENTS = 6; // of each round
  private static final long IN_TIME = 50; // ms
  private static final long PATIENCE = 2000; // ms
  private static final long LEAVING = 50; // s: more than three heartbeats
  private static final String TOKEN = "a-secret-of-the-proxies";

  /** A way through a proxy. */
  record Way(String name, URI base, boolean http2, boolean gzip) {}

  /** A proxy and its configuration. */
  record Proxy(String name, String configuration, List<Way> ways) {}

  /** Latencies in ms; -1: nothing arrived. {@code gone} in ms; -1: not seen. */
  record Seen(long first, long later, CompletableFuture<Long> gone) {}

  private static final Map<String, CompletableFuture<Void>> added = new ConcurrentHashMap<>();
  private static final Map<String, CompletableFuture<Long>> ended = new ConcurrentHashMap<>();
  private static SSLContext trust;

  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[0]);
    trust = trust(Path.of(args[1]));
    List<Proxy> proxies = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(args[2]))) {
      String[] fields = line.split("\t");
      List<Way> ways = new ArrayList<>();
      ways.add(new Way("HTTP/1.1", URI.create(fields[2]), false, false));
      ways.add(new Way("gzip", URI.create(fields[2]), false, true));
      if (!fields[3].equals("-")) {
        ways.add(new Way("HTTP/2", URI.create(fields[3]), true, false));
      }
      proxies.add(new Proxy(fields[0], fields[1], ways));
    }

    Map<Way, Seen> seen = new ConcurrentHashMap<>();
    Map<Way, Integer> posted = new ConcurrentHashMap<>();
    try (Broker broker = Broker.builder().listener(new Ends()).open();
        SseServer server =
            SseServer.builder(broker, StreamHandler.topicsUnder("/events/"))
                .host("127.0.0.1")
                .port(port)
                .authorizer(Authorizer.bearer(TOKEN, Access.PUBLISH))
                .publishing("/events/")
                .health()
                .start()) {
      Way direct = new Way("HTTP/1.1", URI.create("http://127.0.0.1:" + port), false, false);
      latency(broker, direct); // warms up
      System.out.println("no proxy: " + text(latency(broker, direct)));
      for (Proxy proxy : proxies) {
        for (Way way : proxy.ways()) {
          awaitReady(proxy, way);
          seen.put(way, latency(broker, way));
          posted.put(way, post(way));
        }
      }
      for (Seen each : seen.values()) {
        each.gone().join();
      }
    }

    Map<Way, String> cuts = new ConcurrentHashMap<>();
    try (ServerSocket cutter = new ServerSocket(port, 50, InetAddress.getByName("127.0.0.1"))) {
      for (Proxy proxy : proxies) {
        for (Way way : proxy.ways()) {
          cuts.put(way, cut(cutter, way));
        }
      }
    }

    boolean late = false;
    for (Proxy proxy : proxies) {
      for (Way way : proxy.ways()) {
        Seen its = seen.get(way);
        System.out.printf(
            "%s, %s, %s: %s, client gone %s, a cut is %s, POST %d%n",
            proxy.name(), proxy.configuration(), way.name(), text(its),
            ms(its.gone().join()), cuts.get(way), posted.get(way));
        late |=
            proxy.configuration().equals("recommended")
                && !(inTime(its.first()) && inTime(its.later()) && posted.get(way) == 200);
      }
    }
    for (Proxy proxy : proxies) {
      System.out.printf(
          "| %s | %s | %s | %s | %s | %s |%n",
          proxy.name(),
          proxy.configuration(),
          cell(proxy, way -> events(seen.get(way))),
          cell(proxy, way -> gone(seen.get(way).gone().join())),
          cell(proxy, cuts::get),
          cell(proxy, way -> posted.get(way) == 200 ? "yes" : "no: " + posted.get(way)));
    }
    System.out.flush();
    System.exit(late ? 2 : 0);
  }

  /** What is the same for all ways is said once, and gzip only where it differs. */
  private static String cell(Proxy proxy, Function<Way, String> said) {
    List<String> values = proxy.ways().stream().map(said).toList();
    if (values.stream().distinct().count() == 1) {
      return values.getFirst();
    }
    StringBuilder cell = new StringBuilder();
    for (int i = 0; i < values.size(); i++) {
      Way way = proxy.ways().get(i);
      if (!way.gzip() || !values.get(i).equals(values.getFirst())) {
        cell.append(i == 0 ? "" : "; ").append(way.name()).append(": ").append(values.get(i));
      }
    }
    return cell.toString();
  }

  private static boolean inTime(long ms) {
    return ms >= 0 && ms <= IN_TIME;
  }

  private static String events(Seen seen) {
    if (seen.first() < 0 || seen.later() < 0) {
      return "nothing";
    }
    long slowest = Math.max(seen.first(), seen.later());
    return inTime(slowest) ? "at once" : "about " + Math.round(slowest / 100.0) * 100 + " ms late";
  }

  private static String gone(long ms) {
    if (ms < 0) {
      return "not seen";
    }
    return ms < 1000 ? "at once" : "after heartbeats";
  }

  private static String text(Seen seen) {
    return "first event " + ms(seen.first()) + ", later " + ms(seen.later());
  }

  private static String ms(long ms) {
    return ms < 0 ? "never" : ms + " ms";
  }

  private static Seen latency(Broker broker, Way way) throws Exception {
    List<Long> firsts = new ArrayList<>();
    List<Long> laters = new ArrayList<>();
    for (int round = 1; ; round++) {
      String topic = "t" + added.size();
      CompletableFuture<Void> here = new CompletableFuture<>();
      added.put(topic, here);
      ended.put(topic, new CompletableFuture<>());
      Stream stream = new Stream(way, topic);
      here.get(10, TimeUnit.SECONDS);
      boolean all = true;
      for (int number = 0; all && number < EVENTS; number++) {
        long published = System.nanoTime();
        broker.publish(topic, Event.of("event " + number));
        long arrived = stream.arrival("data: event " + number);
        all = arrived != 0;
        (number == 0 ? firsts : laters).add(all ? (arrived - published) / 1_000_000 : -1);
      }
      if (!all || round == ROUNDS) {
        CompletableFuture<Long> gone = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> gone.complete(leave(stream, topic)));
        return new Seen(slowestButOne(firsts), slowestButOne(laters), gone);
      }
      stream.close();
    }
  }

  private static long slowestButOne(List<Long> latencies) {
    if (latencies.isEmpty() || latencies.contains(-1L)) {
      return -1;
    }
    return latencies.stream().sorted().toList().get(latencies.size() - 2);
  }

  /** Returns the time until the server has seen that the client is gone. */
  private static long leave(Stream stream, String topic) {
    long left = System.nanoTime();
    stream.close();
    try {
      return Math.max(0, (ended.get(topic).get(LEAVING, TimeUnit.SECONDS) - left) / 1_000_000);
    } catch (Exception e) {
      return -1;
    }
  }

  private static int post(Way way) throws Exception {
    try (HttpClient client = client(way)) {
      HttpRequest request =
          HttpRequest.newBuilder(way.base().resolve("/events/posted"))
              .header("Authorization", "Bearer " + TOKEN)
              .header("Content-Type", "text/plain")
              .POST(BodyPublishers.ofString("an event"))
              .build();
      return client.send(request, BodyHandlers.discarding()).statusCode();
    }
  }

  /** Answers a request with one event and cuts the connection when the client has it. */
  private static String cut(ServerSocket cutter, Way way) throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    Thread origin =
        Thread.ofVirtual()
            .start(
                () -> {
                  for (boolean done = false; !done; ) {
                    try (Socket socket = cutter.accept()) {
                      done = answer(socket, arrived);
                    } catch (IOException e) {
                      return;
                    }
                  }
                });
    try (HttpClient client = client(way)) {
      HttpResponse<InputStream> response =
          client.send(get(way, "/events/cut"), BodyHandlers.ofInputStream());
      if (response.statusCode() != 200) {
        return "a status " + response.statusCode();
      }
      InputStream body = response.body();
      try {
        while (body.read() >= 0) {
          arrived.countDown();
        }
        return "an end";
      } catch (IOException e) {
        return "a cut";
      }
    } catch (IOException e) {
      return "a cut";
    } finally {
      origin.join(PATIENCE);
    }
  }

  /** Answers health checks, too. Returns whether the request was for the stream. */
  private static boolean answer(Socket socket, CountDownLatch arrived) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    String line = in.readLine();
    boolean stream = line != null && line.contains("/events/cut");
    boolean chunks = line != null && line.endsWith("HTTP/1.1");
    while (line != null && !line.isEmpty()) {
      line = in.readLine();
    }
    String head = "HTTP/1.1 200 OK\r\n";
    if (!stream) {
      head += "Content-Length: 0\r\n\r\n";
      socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
      return false;
    }
    head += "Content-Type: text/event-stream\r\nX-Accel-Buffering: no\r\nConnection: close\r\n";
    head += chunks ? "Transfer-Encoding: chunked\r\n\r\n9\r\ndata: x\n\n\r\n" : "\r\ndata: x\n\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
    try {
      arrived.await(PATIENCE, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    return true;
  }

  private static void awaitReady(Proxy proxy, Way way) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    try (HttpClient client = client(way)) {
      for (String last = "nothing"; System.nanoTime() < end; Thread.sleep(100)) {
        try {
          HttpResponse<Void> response = client.send(get(way, "/readyz"), BodyHandlers.discarding());
          if (response.statusCode() == 200) {
            boolean http2 = response.version() == HttpClient.Version.HTTP_2;
            if (http2 == way.http2()) {
              return;
            }
            throw new IllegalStateException(proxy + " does not speak " + way.name());
          }
        } catch (IOException e) {
          continue;
        }
      }
    }
    throw new IllegalStateException(proxy + " does not answer over " + way.name());
  }

  private static HttpRequest get(Way way, String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(way.base().resolve(path)).header("Accept", "text/event-stream");
    if (way.gzip()) {
      request.header("Accept-Encoding", "gzip");
    }
    return request.build();
  }

  private static HttpClient client(Way way) {
    return HttpClient.newBuilder()
        .sslContext(trust)
        .version(way.http2() ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1)
        .build();
  }

  private static SSLContext trust(Path certificate) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream in = Files.newInputStream(certificate)) {
      store.setCertificateEntry(
          "proxies", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory trusted =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trusted.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trusted.getTrustManagers(), null);
    return context;
  }

  /** A stream through a proxy, and its lines with the time of their arrival. */
  private static final class Stream {
    private record Line(String text, long time) {}

    private final BlockingQueue<Line> lines = new LinkedBlockingQueue<>();
    private final HttpClient client;
    private final CompletableFuture<HttpResponse<InputStream>> response;

    Stream(Way way, String topic) {
      client = client(way);
      response = client.sendAsync(get(way, "/events/" + topic), BodyHandlers.ofInputStream());
      Thread.ofVirtual().start(this::read);
    }

    private void read() {
      try {
        HttpResponse<InputStream> head = response.join();
        boolean gzip = head.headers().firstValue("Content-Encoding").orElse("").equals("gzip");
        InputStream body = gzip ? new GZIPInputStream(head.body()) : head.body();
        StringBuilder line = new StringBuilder();
        // A reader would wait for more, since the stream that inflates says that it has more.
        for (int next = body.read(); next >= 0; next = body.read()) {
          if (next == '\n') {
            lines.add(new Line(line.toString(), System.nanoTime()));
            line.setLength(0);
          } else {
            line.append((char) next);
          }
        }
      } catch (Exception e) {
        // closed
      }
    }

    /** Returns when the line arrived, or 0 if it did not. */
    long arrival(String text) throws InterruptedException {
      for (; ; ) {
        Line line = lines.poll(PATIENCE, TimeUnit.MILLISECONDS);
        if (line == null || line.text().equals(text)) {
          return line == null ? 0 : line.time();
        }
      }
    }

    /** Over HTTP/2, this resets the stream and leaves the connection open. */
    void close() {
      if (response.isDone() && !response.isCompletedExceptionally()) {
        try {
          response.join().body().close();
        } catch (IOException e) {
          // it is closed all the same
        }
      } else {
        response.cancel(true);
      }
    }
  }

  private static final class Ends implements BrokerListener {
    @Override
    public void clientAdded(Subscription subscription, int clients) {
      subscription.topics().forEach(topic -> added.get(topic).complete(null));
    }

    @Override
    public void clientEnded(Subscription subscription, CloseReason reason, int clients) {
      long now = System.nanoTime();
      subscription.topics().forEach(topic -> ended.get(topic).complete(now));
    }
  }
}
