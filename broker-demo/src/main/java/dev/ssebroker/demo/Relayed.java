package dev.ssebroker.demo;

import okhttp3.HttpUrl;

/**
 * A stream of another server whose events are published here, too.
 *
 * @param url the stream's address; it may have a user's name and password in it, which are shown
 *     nowhere
 * @param topic what they are published to
 */
record Relayed(HttpUrl url, String topic) {

  /** Reads an address, and a topic that is one already. */
  static Relayed of(String url, String topic) {
    return new Relayed(HttpUrl.get(url), topic);
  }

  /** Shows no secret. */
  @Override
  public String toString() {
    return "Relayed[topic=%s]".formatted(topic);
  }
}
