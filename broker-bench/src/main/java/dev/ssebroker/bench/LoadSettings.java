package dev.ssebroker.bench;

import java.net.URI;
import java.util.List;

/**
 * What a load run is to do.
 *
 * @param url of the event stream, with a host and the scheme http
 * @param clients that read and are counted
 * @param stalled further clients that never read
 * @param threads that read
 * @param pace connections that may be under way at a time
 * @param resume how many events back clients resume; 0 if they do not
 * @param warmupSeconds between the last connection, or with {@code resume} the last client's
 *     catching up, and the measured window
 * @param seconds of the measured window
 * @param gzip whether to ask for compression
 * @param headers further fields of the request, each {@code name: value}
 * @param pids the server's processes; empty if they are not known
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

  /** The HTTP request, without a body. */
  String request() {
    return request("");
  }

  /**
   * The HTTP request, without a body.
   *
   * @param lastEventId to resume after; empty to begin with what is new
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
