package dev.ssebroker.bench;

import java.net.URI;
import java.util.List;

/**
 * The settings of a load run.
 *
 * @param url the event stream, with a host and the scheme http
 * @param clients the number of clients that read
 * @param stalled the number of additional clients that never read
 * @param threads the number of reading threads
 * @param pace the maximum number of connections without a response
 * @param resume how many events back clients resume; 0 if they do not resume
 * @param warmupSeconds the length of the warm-up, which starts when all clients have connected and,
 *     with {@code resume}, caught up
 * @param seconds the length of the measured window
 * @param gzip whether to request compression
 * @param headers additional fields of the request, each {@code name: value}
 * @param pids the processes of the server; empty if they are unknown
 */
record LoadSettings(
    URI url,
    int clients,
    int stalled,
    int threads,
    int pace,
    int resume,
    int warmupSeconds,
    int seconds,
    boolean gzip,
    List<String> headers,
    List<Long> pids) {
  LoadSettings {
    headers = List.copyOf(headers);
    pids = List.copyOf(pids);
  }

  int port() {
    return url.getPort() < 0 ? 80 : url.getPort();
  }

  /** Returns the HTTP request. */
  String request() {
    return request("");
  }

  /**
   * Returns the HTTP request.
   *
   * @param lastEventId the id to resume after; empty for new events only
   */
  String request(String lastEventId) {
    String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    String target = url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
    StringBuilder request = new StringBuilder("GET " + target + " HTTP/1.1\r\n");
    request.append("Host: ").append(url.getRawAuthority()).append("\r\n");
    request.append("Accept: text/event-stream\r\nCache-Control: no-cache\r\n");
    if (gzip) {
      request.append("Accept-Encoding: gzip\r\n");
    }
    if (!lastEventId.isEmpty()) {
      request.append("Last-Event-ID: ").append(lastEventId).append("\r\n");
    }
    for (String header : headers) {
      request.append(header).append("\r\n");
    }
    return request.append("\r\n").toString();
  }
}
