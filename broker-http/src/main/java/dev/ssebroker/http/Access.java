package dev.ssebroker.http;

/** What a request wants to do with topics. */
public enum Access {
  /** Receive their events. */
  SUBSCRIBE,
  /** Publish to one of them. */
  PUBLISH
}
