/**
 * The demo: a jar that streams the time to everyone who asks, with a page that shows what becomes
 * of it, and that publishes lines and prints streams.
 *
 * <pre>
 *  Launcher (any Java)   DemoCommand
 *    Java 21 or newer?     which command, with which settings (Given: option, variable, default)
 *                            PublishCommand     lines ─▶ Publisher ─▶ POST
 *                            SubscribeCommand   GET ─▶ Subscriber ─▶ EventText or EventJson
 *                            ServeCommand ─▶ Demo:
 *
 *      Ticker ────────────────────▶ Broker ◀── SseServer ◀── Site: what each GET gets
 *      Relay of another server ─────▲ ▲ ▲          ▲
 *      Figures: once a second, with   │ │      Controls: what each POST does, if the Guard
 *        Latency of the Publications ─┘ │      lets it
 *      SharedLog, if demos are one ─────┤
 *      Crowd: extra clients, each with  │
 *        a CrowdSink's pace ────────────┘
 *
 *      upstream ─▶ StreamWatch: retry, size ─▶ OkHttp's parser ─▶ RelayedEvents: each once ─▶ Broker
 * </pre>
 */
@NullMarked
package dev.ssebroker.demo;

import org.jspecify.annotations.NullMarked;
