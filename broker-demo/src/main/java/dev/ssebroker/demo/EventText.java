package dev.ssebroker.demo;

import dev.ssebroker.Event;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Formats events for people: time, type and data. Continuation lines of the data are indented.
 *
 * @param coloured whether to write colour escapes
 * @param zone the time zone of the times
 */
record EventText(boolean coloured, ZoneId zone) {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT);

  private static final String FAINT = "\u001b[2m";
  private static final String CYAN = "\u001b[36m";
  private static final String BOLD_YELLOW = "\u001b[1;33m";
  private static final String PLAIN = "\u001b[0m";

  private static final Pattern NOTICE =
      Pattern.compile("\\{\"missed\":(null|[0-9]+),\"reason\":\"([a-z-]+)\"\\}");

  /** Returns one or more lines, without a final line break. */
  String lines(ReceivedEvent event) {
    String time = TIME.format(event.time().atZone(zone));
    String type = PlainText.of(event.type());
    boolean gap = event.type().equals(Event.GAP);
    String head = colour(FAINT, time) + "  " + colour(gap ? BOLD_YELLOW : CYAN, type) + "  ";
    if (gap) {
      return head + colour(BOLD_YELLOW, notice(event.data()));
    }
    String indent = " ".repeat(time.length() + type.length() + 4);
    return event
        .data()
        .lines()
        .map(PlainText::of)
        .collect(Collectors.joining("\n" + indent, head, ""));
  }

  private static String notice(String data) {
    Matcher notice = NOTICE.matcher(data);
    if (!notice.matches()) {
      return PlainText.of(data);
    }
    String missed = notice.group(1);
    String events =
        switch (missed) {
          case "null" -> "An unknown number of events is missing";
          case "1" -> "1 event is missing";
          default -> missed + " events are missing";
        };
    return "!! " + events + " (" + notice.group(2) + ")";
  }

  private String colour(String escape, String text) {
    return coloured ? escape + text + PLAIN : text;
  }
}
