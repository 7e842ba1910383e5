package dev.ssebroker;

import static dev.ssebroker.RecordingSink.COMMENT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Sinks that throw: a client's trouble stays its own. */
class BrokerFailureTest {
  @RegisterExtension final Stage stage = new Stage();

  /** What a sink does in one of its calls instead of what it should. */
  interface Trouble {
    void happen() throws IOException;
  }

  private static final Trouble NONE = () -> {};
  private static final Trouble GONE =
      () -> {
        throw new IOException("the client is gone");
      };
  private static final Trouble BUG =
      () -> {
        throw new IllegalStateException("a bug in the sink");
      };

  private static final class TroubledSink extends RecordingSink {
    private final Trouble write;
    private final Trouble end;
    private final Trouble close;

    TroubledSink(Trouble write, Trouble end, Trouble close) {
      this.write = write;
      this.end = end;
      this.close = close;
    }

    @Override
    public void write(Batch batch) throws IOException {
      super.write(batch);
      write.happen();
    }

    @Override
    public void end() throws IOException {
      super.end();
      end.happen();
    }

    @Override
    public void close() throws IOException {
      super.close();
      close.happen();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void clientWhoseWriteThrowsEndsAndTouchesNoOther(String fact, Trouble write, CloseReason expected)
      throws Exception {
    Broker broker = stage.open();
    RecordingSink sink = stage.add(new TroubledSink(write, NONE, NONE));
    RecordingSink other = stage.recording();
    Subscription subscription = broker.subscribe("t", sink);
    broker.subscribe("t", other);

    assertEquals(expected, stage.listener.reasonOf(subscription));

    sink.expect(COMMENT);
    assertTrue(sink.isClosed());
    assertFalse(sink.isEnded());
    assertEquals(1, broker.clientCount());
    Stage.assertReceipt(1, 0, broker.publish("t", Event.of("a")));
    other.expect(COMMENT, "data: a");
  }

  static Stream<Arguments> clientWhoseWriteThrowsEndsAndTouchesNoOther() {
    return Stream.of(
        Arguments.of("IOException: the client left", GONE, CloseReason.DISCONNECTED),
        Arguments.of("RuntimeException: the sink failed", BUG, CloseReason.FAILED));
  }

  @Test
  void clientWhoseWriteThrowsAnErrorEndsAsFailed() throws Exception {
    Broker broker = stage.open();
    AssertionError error = new AssertionError("out of everything");
    Trouble write =
        () -> {
          throw error;
        };
    RecordingSink sink = stage.add(new TroubledSink(write, NONE, NONE));
    Subscription subscription = broker.subscribe("t", sink);

    assertEquals(CloseReason.FAILED, stage.listener.reasonOf(subscription));

    sink.expect(COMMENT);
    assertTrue(broker.close(Stage.PATIENCE));
    assertEquals(List.of(error), stage.takeUncaught());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("troubles")
  void endThatThrowsChangesNoReason(String fact, Trouble end) throws Exception {
    Broker broker = stage.open();
    RecordingSink sink = stage.add(new TroubledSink(NONE, end, NONE));
    Subscription subscription = broker.subscribe("t", sink);
    sink.expect(COMMENT);

    subscription.close();

    assertEquals(CloseReason.UNSUBSCRIBED, stage.listener.reasonOf(subscription));
    assertTrue(sink.isClosed());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("troubles")
  void closeThatThrowsIsIgnored(String fact, Trouble close) throws Exception {
    Broker broker = stage.open();
    RecordingSink orderly = stage.add(new TroubledSink(NONE, NONE, close));
    RecordingSink left = stage.add(new TroubledSink(NONE, NONE, close));
    RecordingSink failed = stage.add(new TroubledSink(BUG, NONE, close));
    RecordingSink other = stage.recording();
    Subscription first = broker.subscribe("t", orderly);
    Subscription second = broker.subscribe("t", left);
    Subscription third = broker.subscribe("t", failed);
    broker.subscribe("t", other);
    left.expect(COMMENT);

    first.close();
    second.disconnected();

    assertEquals(CloseReason.UNSUBSCRIBED, stage.listener.reasonOf(first));
    assertEquals(CloseReason.DISCONNECTED, stage.listener.reasonOf(second));
    assertEquals(CloseReason.FAILED, stage.listener.reasonOf(third));
    orderly.expect(COMMENT);
    failed.expect(COMMENT);
    Stage.assertReceipt(1, 0, broker.publish("t", Event.of("a")));
    other.expect(COMMENT, "data: a");
  }

  static Stream<Arguments> troubles() {
    return Stream.of(Arguments.of("IOException", GONE), Arguments.of("RuntimeException", BUG));
  }
}
