/**
 * The demo: a jar that streams the time to everyone who asks.
 *
 * <pre>
 *  Launcher (any Java)   DemoCommand            Demo
 *    Java 21 or newer?     options, exit codes    Ticker ──▶ Broker ◀── SseServer ◀── Site: what
 *                                                                       each request gets
 * </pre>
 *
 * <p>{@code Relay} publishes the events of another server's stream to the same broker:
 *
 * <pre>
 *  upstream ──▶ StreamWatch: retry, size ──▶ OkHttp's parser ──▶ RelayedEvents: each once ──▶ Broker
 * </pre>
 */
@NullMarked
package dev.ssebroker.demo;

import org.jspecify.annotations.NullMarked;
