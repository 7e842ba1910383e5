package dev.ssebroker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.ssebroker.schedule.Schedule;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeflationSchedules {
  @Test
  void framesAreDeflatedOnceOrStoredWhenItIsTooLate() {
    Schedule.explore(
        "deflated | deflated | close",
        5_000,
        schedule -> {
          Deflation deflation = new Deflation();
          List<Frame> frames = List.of(frame("a"), frame("b"));
          List<byte[]> first = new ArrayList<>();
          List<byte[]> second = new ArrayList<>();
          schedule.start("first", () -> deflate(deflation, frames, first));
          schedule.start("second", () -> deflate(deflation, frames, second));
          deflation.close();
          schedule.awaitOthers();
          for (int i = 0; i < frames.size(); i++) {
            byte[] kept = frames.get(i).deflated;
            byte[] expected = kept == null ? Deflation.NOTHING : kept;
            assertSame(expected, first.get(i));
            assertSame(expected, second.get(i));
          }
          assertEquals(0, schedule.passedNanos());
        });
  }

  private static void deflate(Deflation deflation, List<Frame> frames, List<byte[]> taken) {
    for (Frame frame : frames) {
      taken.add(deflation.deflated(frame));
    }
  }

  private static Frame frame(String text) {
    return new Frame(text.repeat(100).getBytes(UTF_8));
  }
}
