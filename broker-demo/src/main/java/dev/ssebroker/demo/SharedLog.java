package dev.ssebroker.demo;

import dev.ssebroker.EventLog;
import dev.ssebroker.redis.RedisLog;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The log in Redis by which several demos are one.
 *
 * @param uris of the members of one replicated set; they may have passwords, which are shown
 *     nowhere
 * @param prefix what the names of its keys begin with
 */
record SharedLog(List<String> uris, String prefix) {

  /**
   * Reads addresses with commas between them.
   *
   * @throws IllegalArgumentException if one is not of the form that {@link RedisLog.Builder#uri}
   *     names; the message shows nothing of it
   */
  static List<String> readUris(String text) {
    List<String> uris = List.of(text.split(",", -1));
    Object unused = RedisLog.builder().uris(uris);
    return uris;
  }

  /**
   * Reads a prefix.
   *
   * @throws IllegalArgumentException if it is none; the message names the text and what is allowed
   */
  static String readPrefix(String text) {
    Object unused = RedisLog.builder().prefix(text);
    return text;
  }

  /** Returns addresses that can be read without the users and passwords in them. */
  static String shown(String text) {
    return Stream.of(text.split(",", -1))
        .map(ServerUrl::withoutUser)
        .collect(Collectors.joining(","));
  }

  /** Returns the log, whether Redis is there or not. */
  EventLog open() {
    return RedisLog.builder().uris(uris).prefix(prefix).open();
  }

  /** Returns the addresses without users and passwords. */
  @Override
  public String toString() {
    return shown(String.join(",", uris));
  }
}
