package dev.ssebroker.demo;

import dev.ssebroker.Broker;
import dev.ssebroker.BrokerClosedException;
import dev.ssebroker.EventLogException;
import dev.ssebroker.http.Decision;
import dev.ssebroker.http.Request;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Handles the POST requests that control a running demo. Thread-safe. */
final class Controls {
  /** The default size of the history. A larger burst would evict its own first events. */
  private static final int MAX_BURST = 10_000;

  private final Guard guard;
  private final Broker broker;
  private final Crowd crowd;
  private final Ticker ticker;
  private final Runnable tick;
  private final String topic;

  /**
   * Creates the controls.
   *
   * @param tick publishes one event to the topic; throws an EventLogException if the shared log
   *     does not accept it
   */
  Controls(Guard guard, Broker broker, Crowd crowd, Ticker ticker, Runnable tick, String topic) {
    this.guard = guard;
    this.broker = broker;
    this.crowd = crowd;
    this.ticker = ticker;
    this.tick = tick;
    this.topic = topic;
  }

  /** The change that a request asks for. */
  private interface Change {
    /** Makes the change and returns the JSON of the response. */
    String make();
  }

  private Decision.Answer answer(Request request, Change change) {
    Optional<Decision.Answer> refusal = guard.refusal(request);
    if (refusal.isPresent()) {
      return refusal.get();
    }
    try {
      return Decision.answer("application/json", change.make() + "\n");
    } catch (IllegalArgumentException e) {
      return refused(400, e);
    } catch (EventLogException e) {
      return refused(503, e);
    } catch (BrokerClosedException e) {
      return Decision.refuse(503);
    }
  }

  private static Decision.Answer refused(int status, RuntimeException e) {
    return Decision.answer("text/plain;charset=utf-8", status + " " + e.getMessage() + "\n")
        .withStatus(status);
  }

  /**
   * Opens {@code count} extra clients of a {@code kind}. Ends all of them with {@code close=all}.
   */
  Decision.Answer clients(Request request, byte[] body) {
    return answer(request, () -> changeClients(request));
  }

  private String changeClients(Request request) {
    Optional<String> close = parameter(request, "close");
    Optional<String> count = parameter(request, "count");
    Optional<String> kind = parameter(request, "kind");
    if (close.isPresent() == (count.isPresent() || kind.isPresent())) {
      throw new IllegalArgumentException(
          "write count=100 and kind=fast, slow or stalled to open clients, or close=all");
    }
    if (close.isPresent()) {
      if (!close.get().equals("all")) {
        throw new IllegalArgumentException("close is '%s'; allowed is all".formatted(close.get()));
      }
      crowd.close();
    } else {
      crowd.open(broker, topic, kind(kind.orElse("")), number("count", count, Crowd.MAX));
    }
    Map<ClientKind, Integer> counts = crowd.counts();
    return "{\"fast\":%d,\"slow\":%d,\"stalled\":%d}"
        .formatted(
            counts.get(ClientKind.FAST),
            counts.get(ClientKind.SLOW),
            counts.get(ClientKind.STALLED));
  }

  private static ClientKind kind(String text) {
    return ClientKind.ofExtra(text)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "kind is '%s'; allowed are fast, slow and stalled".formatted(text)));
  }

  /** Changes the {@code interval} of the ticker, or publishes a {@code burst} of events. */
  Decision.Answer ticker(Request request, byte[] body) {
    return answer(request, () -> changeTicker(request));
  }

  private String changeTicker(Request request) {
    Optional<Interval> interval = parameter(request, "interval").map(Interval::parse);
    Optional<String> given = parameter(request, "burst");
    if (interval.isEmpty() && given.isEmpty()) {
      throw new IllegalArgumentException(
          "write interval=500ms, 2s, 1m or 1h, from 1ms to 1h, or burst=1000");
    }
    int burst = given.isEmpty() ? 0 : number("burst", given, MAX_BURST);
    interval.ifPresent(time -> ticker.changeTo(time.duration()));
    for (int i = 0; i < burst; i++) {
      tick.run();
    }
    return "{\"interval\":\"%s\",\"burst\":%d}".formatted(new Interval(ticker.interval()), burst);
  }

  private static Optional<String> parameter(Request request, String name) {
    List<String> values = request.parameters(name);
    if (values.size() > 1) {
      throw new IllegalArgumentException(name + " is given twice");
    }
    return values.stream().findFirst();
  }

  private static int number(String name, Optional<String> text, int max) {
    String digits = text.orElse("");
    if (!digits.matches("[0-9]{1,9}")
        || Integer.parseInt(digits) < 1
        || Integer.parseInt(digits) > max) {
      throw new IllegalArgumentException(
          "%s is '%s'; allowed is a number from 1 to %d".formatted(name, digits, max));
    }
    return Integer.parseInt(digits);
  }
}
