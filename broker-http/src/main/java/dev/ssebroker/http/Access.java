package dev.ssebroker.http;

/** The kind of access that a request asks for. */
public enum Access {
  /** To receive the events of topics. */
  SUBSCRIBE,
  /** To publish to a topic. */
  PUBLISH
}
