package dev.ssebroker.http;

import java.time.Duration;

/**
 * What clients may take of a server. Whoever takes more is refused or cut; the others go on.
 *
 * <p>Start from {@link #DEFAULT} and change what must be changed:
 *
 * {@snippet :
 * Limits limits = Limits.DEFAULT.withConnectionsPerAddress(100).withBodyBytes(64 * 1024);
 * }
 *
 * @param connections how many connections there may be, streams included; one more is refused,
 *     softly if it wants a stream; from 1
 * @param connectionsPerAddress how many of them one address may have; from 1
 * @param acceptsPerSecond how many connections are accepted in a second; more wait in the system's
 *     backlog, so that those who come do not starve those who are there; from 1 to 1,000,000
 * @param requestLineBytes the length of a request line, in bytes (414); from 64 to 1 MiB
 * @param headerBytes all header fields together, in bytes (431); from 256 to 1 MiB
 * @param headerCount how many header fields there may be (431); from 1 to 10,000
 * @param bodyBytes a request's body, in bytes (413); from 0 to 1 GiB
 * @param firstByte how long a connection may be silent before its first byte; on a TLS port also
 *     how long the handshake may take; from 10 milliseconds to one hour
 * @param head how long a request's head may take from its first byte to its last (408); from 10
 *     milliseconds to one hour
 * @param body how long a request's body may take (408), and how long a client may take to receive
 *     an answer other than a stream; from 10 milliseconds to one hour
 * @param idle how long a connection is kept for its next request; from 10 milliseconds to one hour
 */
public record Limits(
    int connections,
    int connectionsPerAddress,
    int acceptsPerSecond,
    int requestLineBytes,
    int headerBytes,
    int headerCount,
    int bodyBytes,
    Duration firstByte,
    Duration head,
    Duration body,
    Duration idle) {

  /**
   * Limits for a server that may be reached by anybody.
   *
   * <ul>
   *   <li>50,000 connections: they take a gigabyte or so of memory; the process must be allowed as
   *       many file descriptors.
   *   <li>As many for one address, so no limit: behind a proxy all clients have the same one.
   *   <li>10,000 accepted in a second: a herd that comes back is let in within seconds, and those
   *       who are there go on being served.
   *   <li>8 KiB of request line and 16 KiB in 100 header fields, like most servers and proxies.
   *   <li>1 MiB of body, as much as a client's outbox holds.
   *   <li>10 seconds until the first byte and 10 for the head, more than any honest network needs;
   *       30 for a body.
   *   <li>75 seconds between requests, longer than proxies keep theirs, so that it is they who
   *       close.
   * </ul>
   */
  public static final Limits DEFAULT =
      new Limits(
          50_000,
          50_000,
          10_000,
          8 * 1024,
          16 * 1024,
          100,
          1024 * 1024,
          Duration.ofSeconds(10),
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(75));

  /**
   * Refuses what is out of bounds.
   *
   * @throws IllegalArgumentException naming the limit, its value and what is allowed
   */
  public Limits {
    check("connections", connections, 1, Integer.MAX_VALUE);
    check("connectionsPerAddress", connectionsPerAddress, 1, Integer.MAX_VALUE);
    check("acceptsPerSecond", acceptsPerSecond, 1, 1_000_000);
    check("requestLineBytes", requestLineBytes, 64, 1 << 20);
    check("headerBytes", headerBytes, 256, 1 << 20);
    check("headerCount", headerCount, 1, 10_000);
    check("bodyBytes", bodyBytes, 0, 1 << 30);
    check("firstByte", firstByte);
    check("head", head);
    check("body", body);
    check("idle", idle);
  }

  private static void check(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "%s is %d; allowed is from %d to %d".formatted(name, value, min, max));
    }
  }

  private static void check(String name, Duration value) {
    if (value.toMillis() < 10 || value.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException(
          "%s is %s; allowed is from 10 milliseconds to one hour".formatted(name, value));
    }
  }

  /**
   * Changes one limit.
   *
   * @param connections see the record's component
   * @return these limits with that one changed
   * @throws IllegalArgumentException if it is out of bounds
   */
  public Limits withConnections(int connections) {
    return new Limits(
        connections,
        connectionsPerAddress,
        acceptsPerSecond,
        requestLineBytes,
        headerBytes,
        headerCount,
        bodyBytes,
        firstByte,
        head,
        body,
        idle);
  }

  /**
   * Changes one limit.
   *
   * @param connectionsPerAddress see the record's component
   * @return these limits with that one changed
   * @throws IllegalArgumentException if it is out of bounds
   */
  public Limits withConnectionsPerAddress(int connectionsPerAddress) {
    return new Limits(
        connections,
        connectionsPerAddress,
        acceptsPerSecond,
        requestLineBytes,
        headerBytes,
        headerCount,
        bodyBytes,
        firstByte,
        head,
        body,
        idle);
  }

  /**
   * Changes one limit.
   *
   * @param acceptsPerSecond see the record's component
   * @return these limits with that one changed
   * @throws IllegalArgumentException if it is out of bounds
   */
  public Limits withAcceptsPerSecond(int acceptsPerSecond) {
    return new Limits(
        connections,
        connectionsPerAddress,
        acceptsPerSecond,
        requestLineBytes,
        headerBytes,
        headerCount,
        bodyBytes,
        firstByte,
        head,
        body,
        idle);
  }

  /**
   * Changes one limit.
   *
   * @param requestLineBytes see the record's component
   * @return these limits with that one changed
   * @throws IllegalArgumentException if it is out of bounds
   */
  public Limits withRequestLineBytes(int requestLineBytes) {
    return new Limits(
        connections,
        connectionsPerAddress,
        acceptsPerSecond,
        requestLineBytes,
        headerBytes,
        headerCount,
        bodyBytes,
        firstByte,
        head,
        body,
        idle);
  }

  /**
   * Changes one limit.
   *
   * @param headerBytes see the record's component
   * @return these limits with that one changed
   * @throws IllegalArgumentException if it is out of bounds
   */
  public Limits withHeaderBytes(int headerBytes) {
    return new Limits(
        connections,
        connectionsPerAddress,
        acceptsPerSecond,
        requestLineBytes,
        headerBytes,
        headerCount,
        bodyBytes,
        firstByte,
        head,
        body,
        idle);
  }

  /**
   * Changes one limit.
   *
   * @param headerCount see the record's component
   * @return these limits with that one changed
   * @throws IllegalArgumentException if it is out of bounds
   */
  public Limits withHeaderCount(int headerCount) {
    return new Limits(
        connections,
        connectionsPerAddress,
        acceptsPerSecond,
        requestLineBytes,
        headerBytes,
        headerCount,
        bodyBytes,
        firstByte,
        head,
        body,
        idle);
  }

  /**
   * Changes one limit.
   *
   * @param bodyBytes see the record's component
   * @return these limits with that one changed
   * @throws IllegalArgumentException if it is out of bounds
   */
  public Limits withBodyBytes(int bodyBytes) {
    return new Limits(
        connections,
        connectionsPerAddress,
        acceptsPerSecond,
        requestLineBytes,
        headerBytes,
        headerCount,
        bodyBytes,
        firstByte,
        head,
        body,
        idle);
  }

  /**
   * Changes one limit.
   *
   * @param firstByte see the record's component
   * @return these limits with that one changed
   * @throws IllegalArgumentException if it is out of bounds
   */
  public Limits withFirstByte(Duration firstByte) {
    return new Limits(
        connections,
        connectionsPerAddress,
        acceptsPerSecond,
        requestLineBytes,
        headerBytes,
        headerCount,
        bodyBytes,
        firstByte,
        head,
        body,
        idle);
  }

  /**
   * Changes one limit.
   *
   * @param head see the record's component
   * @return these limits with that one changed
   * @throws IllegalArgumentException if it is out of bounds
   */
  public Limits withHead(Duration head) {
    return new Limits(
        connections,
        connectionsPerAddress,
        acceptsPerSecond,
        requestLineBytes,
        headerBytes,
        headerCount,
        bodyBytes,
        firstByte,
        head,
        body,
        idle);
  }

  /**
   * Changes one limit.
   *
   * @param body see the record's component
   * @return these limits with that one changed
   * @throws IllegalArgumentException if it is out of bounds
   */
  public Limits withBody(Duration body) {
    return new Limits(
        connections,
        connectionsPerAddress,
        acceptsPerSecond,
        requestLineBytes,
        headerBytes,
        headerCount,
        bodyBytes,
        firstByte,
        head,
        body,
        idle);
  }

  /**
   * Changes one limit.
   *
   * @param idle see the record's component
   * @return these limits with that one changed
   * @throws IllegalArgumentException if it is out of bounds
   */
  public Limits withIdle(Duration idle) {
    return new Limits(
        connections,
        connectionsPerAddress,
        acceptsPerSecond,
        requestLineBytes,
        headerBytes,
        headerCount,
        bodyBytes,
        firstByte,
        head,
        body,
        idle);
  }
}
