package dev.ssebroker.demo;

import okhttp3.HttpUrl;

/**
 * The settings of a relay.
 *
 * @param url the address of the upstream; it may contain a user name and password, which are never
 *     shown
 * @param topic the topic to publish to
 */
record RelaySettings(HttpUrl url, String topic) {

  /** Parses an address. The topic must already be valid. */
  static RelaySettings of(String url, String topic) {
    return new RelaySettings(HttpUrl.get(url), topic);
  }

  /** Omits the address, which may contain secrets. */
  @Override
  public String toString() {
    return "RelaySettings[topic=%s]".formatted(topic);
  }
}
