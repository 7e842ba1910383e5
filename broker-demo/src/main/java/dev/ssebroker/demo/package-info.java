/**
 * The demo: a jar that streams the time to any number of clients and serves a page that shows how.
 * It can also publish lines and print streams.
 *
 * <pre>
 *  Launcher (any Java)   DemoCommand
 *    Java 21 or newer?     finds the command; SettingValues: option, variable, default
 *                            PublishCommand     lines ─▶ Publisher ─▶ POST
 *                            SubscribeCommand   GET ─▶ Subscriber ─▶ EventText or EventJson
 *                            ServeCommand ─▶ Demo:
 *
 *      Ticker ────────────────────▶ Broker ◀── SseServer ◀── Site: GET requests
 *      Relay of another server ─────▲ ▲ ▲          ▲
 *      Figures: once a second, with   │ │      Controls: POST requests that the Guard
 *        Latency from PublishTimes ───┘ │      allows
 *      SharedLog, with --redis ─────────┤
 *      Crowd: extra clients, each with  │
 *        the pace of a CrowdSink ───────┘
 *
 *      upstream ─▶ StreamFilter: retry, size ─▶ OkHttp's parser ─▶ RelayedEvents: no duplicates ─▶ Broker
 * </pre>
 */
@NullMarked
package dev.ssebroker.demo;

import org.jspecify.annotations.NullMarked;
