package dev.ssebroker;

/** Why a client ended. The first reason given is the one that is told. */
public enum CloseReason {
  /** The client disconnected: its connection was closed, or broke. */
  DISCONNECTED,

  /** {@link Subscription#close} was called. */
  UNSUBSCRIBED,

  /**
   * The client's queue was full when an event came, and its policy is {@link Overflow#DISCONNECT}.
   */
  TOO_SLOW,

  /** The client took nothing for longer than the write deadline. */
  WRITE_TIMED_OUT,

  /** The client has been there for as long as a client may be. */
  MAX_AGE,

  /** The client's sink threw something other than an IOException. */
  FAILED,

  /** The broker was closed. */
  BROKER_CLOSED
}
