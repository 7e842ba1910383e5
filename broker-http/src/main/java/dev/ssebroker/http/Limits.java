package dev.ssebroker.http;

import java.time.Duration;

/**
 * What clients may use of a server. A client that exceeds a limit is refused or cut; the others are
 * not affected. A number in parentheses is the status that refuses a request beyond the limit.
 *
 * <p>Start from {@link #DEFAULT} and change what you need:
 *
 * {@snippet :
 * Limits limits = Limits.builder().streamsPerAddress(100).bodyBytes(64 * 1024).build();
 * }
 *
 * @param streams how many streams may be open; one more is refused, softly (503); from 1
 * @param streamsPerAddress how many of them one address may have open, and how many connections
 *     without a stream (429); from 1
 * @param requestConnections how many connections without a stream may be open: those with a request
 *     under way, and those that wait for one (503); from 1
 * @param acceptsPerSecond how many connections are accepted per second; more of them wait in the
 *     kernel's accept backlog, so that new clients do not slow down current ones; from 1 to
 *     1,000,000
 * @param requestLineBytes the length of a request line, in bytes (414); from 64 to 1 MiB
 * @param headerBytes the length of all header fields together, in bytes (431); from 256 to 1 MiB
 * @param headerCount the number of header fields (431); from 1 to 10,000
 * @param bodyBytes the length of a request's body, in bytes (413); from 0 to 1 GiB
 * @param firstByte how long a new connection may stay silent; on a TLS port also how long the
 *     handshake may take; from 10 milliseconds to one hour
 * @param head how long a request's head may take, from its first byte to its last (408); from 10
 *     milliseconds to one hour
 * @param body how long a request's body may take (408), and how long a client may take to receive
 *     an answer that is not a stream; from 10 milliseconds to one hour
 * @param idle how long a connection stays open for its next request; from 10 milliseconds to one
 *     hour
 */
public record Limits(
    int streams,
    int streamsPerAddress,
    int requestConnections,
    int acceptsPerSecond,
    int requestLineBytes,
    int headerBytes,
    int headerCount,
    int bodyBytes,
    Duration firstByte,
    Duration head,
    Duration body,
    Duration idle) {

  private static final Duration SHORTEST = Duration.ofMillis(10);
  private static final Duration LONGEST = Duration.ofHours(1);

  /**
   * Limits for a server that anybody can reach.
   *
   * <ul>
   *   <li>50,000 streams, and 10,000 connections without one. The process must be allowed as many
   *       file descriptors, and more if it has other files open. Health checks and publishers still
   *       find room when the server has as many streams as it may have.
   *   <li>The same number for one address, which is no limit: behind a proxy all clients have one
   *       address.
   *   <li>10,000 accepts per second. Clients that reconnect all at once are accepted within
   *       seconds, and current clients are still served.
   *   <li>8 KiB of request line and 16 KiB in 100 header fields, like most servers and proxies.
   *   <li>1 MiB of body, as much as a client's queue holds.
   *   <li>10 seconds for the first byte and 10 for the head, more than any honest client needs; 30
   *       for a body.
   *   <li>75 seconds between requests. Proxies keep their connections for a shorter time, so the
   *       proxy is the one that closes.
   * </ul>
   */
  public static final Limits DEFAULT =
      new Limits(
          50_000,
          50_000,
          10_000,
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
   * Checks all limits.
   *
   * @throws IllegalArgumentException if one is out of bounds; the message names the limit, its
   *     value and what is allowed
   */
  public Limits {
    check("streams", streams, 1, Integer.MAX_VALUE);
    check("streamsPerAddress", streamsPerAddress, 1, Integer.MAX_VALUE);
    check("requestConnections", requestConnections, 1, Integer.MAX_VALUE);
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
    if (value.compareTo(SHORTEST) < 0 || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "%s is %s; allowed is from 10 milliseconds to one hour".formatted(name, value));
    }
  }

  /**
   * Returns a builder that starts from {@link #DEFAULT}.
   *
   * @return the builder
   */
  public static Builder builder() {
    return DEFAULT.toBuilder();
  }

  /**
   * Returns a builder that starts from these limits.
   *
   * @return the builder
   */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /**
   * Builds limits. Each method sets the component of its name, and {@link #build} checks it. Not
   * thread-safe.
   */
  public static final class Builder {
    private int streams;
    private int streamsPerAddress;
    private int requestConnections;
    private int acceptsPerSecond;
    private int requestLineBytes;
    private int headerBytes;
    private int headerCount;
    private int bodyBytes;
    private Duration firstByte;
    private Duration head;
    private Duration body;
    private Duration idle;

    private Builder(Limits limits) {
      this.streams = limits.streams;
      this.streamsPerAddress = limits.streamsPerAddress;
      this.requestConnections = limits.requestConnections;
      this.acceptsPerSecond = limits.acceptsPerSecond;
      this.requestLineBytes = limits.requestLineBytes;
      this.headerBytes = limits.headerBytes;
      this.headerCount = limits.headerCount;
      this.bodyBytes = limits.bodyBytes;
      this.firstByte = limits.firstByte;
      this.head = limits.head;
      this.body = limits.body;
      this.idle = limits.idle;
    }

    /**
     * Sets {@link Limits#streams}.
     *
     * @param streams the limit, as {@link Limits} describes it
     * @return this
     */
    public Builder streams(int streams) {
      this.streams = streams;
      return this;
    }

    /**
     * Sets {@link Limits#streamsPerAddress}.
     *
     * @param streamsPerAddress the limit, as {@link Limits} describes it
     * @return this
     */
    public Builder streamsPerAddress(int streamsPerAddress) {
      this.streamsPerAddress = streamsPerAddress;
      return this;
    }

    /**
     * Sets {@link Limits#requestConnections}.
     *
     * @param requestConnections the limit, as {@link Limits} describes it
     * @return this
     */
    public Builder requestConnections(int requestConnections) {
      this.requestConnections = requestConnections;
      return this;
    }

    /**
     * Sets {@link Limits#acceptsPerSecond}.
     *
     * @param acceptsPerSecond the limit, as {@link Limits} describes it
     * @return this
     */
    public Builder acceptsPerSecond(int acceptsPerSecond) {
      this.acceptsPerSecond = acceptsPerSecond;
      return this;
    }

    /**
     * Sets {@link Limits#requestLineBytes}.
     *
     * @param requestLineBytes the limit, as {@link Limits} describes it
     * @return this
     */
    public Builder requestLineBytes(int requestLineBytes) {
      this.requestLineBytes = requestLineBytes;
      return this;
    }

    /**
     * Sets {@link Limits#headerBytes}.
     *
     * @param headerBytes the limit, as {@link Limits} describes it
     * @return this
     */
    public Builder headerBytes(int headerBytes) {
      this.headerBytes = headerBytes;
      return this;
    }

    /**
     * Sets {@link Limits#headerCount}.
     *
     * @param headerCount the limit, as {@link Limits} describes it
     * @return this
     */
    public Builder headerCount(int headerCount) {
      this.headerCount = headerCount;
      return this;
    }

    /**
     * Sets {@link Limits#bodyBytes}.
     *
     * @param bodyBytes the limit, as {@link Limits} describes it
     * @return this
     */
    public Builder bodyBytes(int bodyBytes) {
      this.bodyBytes = bodyBytes;
      return this;
    }

    /**
     * Sets {@link Limits#firstByte}.
     *
     * @param firstByte the limit, as {@link Limits} describes it
     * @return this
     */
    public Builder firstByte(Duration firstByte) {
      this.firstByte = firstByte;
      return this;
    }

    /**
     * Sets {@link Limits#head}.
     *
     * @param head the limit, as {@link Limits} describes it
     * @return this
     */
    public Builder head(Duration head) {
      this.head = head;
      return this;
    }

    /**
     * Sets {@link Limits#body}.
     *
     * @param body the limit, as {@link Limits} describes it
     * @return this
     */
    public Builder body(Duration body) {
      this.body = body;
      return this;
    }

    /**
     * Sets {@link Limits#idle}.
     *
     * @param idle the limit, as {@link Limits} describes it
     * @return this
     */
    public Builder idle(Duration idle) {
      this.idle = idle;
      return this;
    }

    /**
     * Creates the limits.
     *
     * @return the limits
     * @throws IllegalArgumentException if one is out of bounds; the message names the limit, its
     *     value and what is allowed
     */
    public Limits build() {
      return new Limits(
          streams,
          streamsPerAddress,
          requestConnections,
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
}
