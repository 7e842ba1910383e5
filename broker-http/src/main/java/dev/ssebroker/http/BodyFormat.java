package dev.ssebroker.http;

import dev.ssebroker.Event;
import java.util.List;
import java.util.Set;

/** Reads the events in the body of a publish request, for the media types that it supports. */
public interface BodyFormat {

  /**
   * Returns the media types of the {@code Content-Type} field that this format reads.
   *
   * @return at least one, in lower case and without parameters, such as {@code application/json}
   */
  Set<String> mediaTypes();

  /**
   * Reads a body. May be called by any number of threads at the same time.
   *
   * @param body the whole body, decoded if it had the content coding gzip, at most {@link
   *     Limits#bodyBytes} long; its charset is UTF-8 as far as {@code Content-Type} says
   * @return the events to publish, in this order; may be empty
   * @throws IllegalArgumentException if the body is not in this format. The client receives the
   *     message, and nothing is published
   */
  List<Event> read(byte[] body);
}
