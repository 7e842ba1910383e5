package dev.ssebroker.demo;

import dev.ssebroker.EventLog;
import dev.ssebroker.redis.RedisLog;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The settings of a log in Redis that several demos share.
 *
 * @param uris the members of one replicated set; they may contain passwords, which are never shown
 * @param prefix the prefix of the Redis keys
 */
record SharedLog(List<String> uris, String prefix) {

  /**
   * Parses a comma-separated list of addresses.
   *
   * @throws IllegalArgumentException if {@link RedisLog.Builder#uri} refuses one of them; the
   *     message does not contain it
   */
  static List<String> readUris(String text) {
    List<String> uris = List.of(text.split(",", -1));
    Object unused = RedisLog.builder().uris(uris);
    return uris;
  }

  /**
   * Parses a prefix.
   *
   * @throws IllegalArgumentException if the text is not a prefix; the message contains the text and
   *     what is allowed
   */
  static String readPrefix(String text) {
    Object unused = RedisLog.builder().prefix(text);
    return text;
  }

  /** Returns a valid list of addresses without users and passwords. */
  static String shown(String text) {
    return Stream.of(text.split(",", -1))
        .map(ServerUrl::withoutUser)
        .collect(Collectors.joining(","));
  }

  /** Opens the log, even if Redis is unavailable. */
  EventLog open() {
    return RedisLog.builder().uris(uris).prefix(prefix).open();
  }

  /** Returns the addresses without users and passwords. */
  @Override
  public String toString() {
    return shown(String.join(",", uris));
  }
}
