package dev.ssebroker;

/** Why a client ended. The first reason wins. */
public enum CloseReason {
  /** The client disconnected: its connection was closed, or broke. */
  DISCONNECTED,

  /** {@link Subscription#close} was called. */
  UNSUBSCRIBED,

  /** The client's queue was full, and its policy is {@link Overflow#DISCONNECT}. */
  TOO_SLOW,

  /** A write took longer than the write deadline. */
  WRITE_TIMED_OUT,

  /** The client reached its maximum age. */
  MAX_AGE,

  /** The client's sink threw something other than an IOException. */
  FAILED,

  /** An allocation for the client failed, or the thread factory did. */
  OUT_OF_RESOURCES,

  /** The broker was closed. */
  BROKER_CLOSED
}
