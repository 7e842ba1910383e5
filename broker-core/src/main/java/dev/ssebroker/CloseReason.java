package dev.ssebroker;

/** Why a client ended. The first reason given is the one that is told. */
public enum CloseReason {
  /** The client went away. */
  LEFT,

  /** {@link Subscription#close} was called. */
  UNSUBSCRIBED,

  /** The client's outbox was full when an event came. */
  TOO_SLOW,

  /** The client's sink threw. */
  FAILED,

  /** The broker was closed. */
  BROKER_CLOSED
}
