/**
 * The demo: a jar that streams the time to everyone who asks.
 *
 * <pre>
 *  Launcher (any Java)   DemoCommand            Demo
 *    Java 21 or newer?     options, exit codes    Ticker ──▶ Broker ◀── SseServer ◀── Site: what
 *                                                                       each request gets
 * </pre>
 */
@NullMarked
package dev.ssebroker.demo;

import org.jspecify.annotations.NullMarked;
