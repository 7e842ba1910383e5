package dev.ssebroker.http;

import dev.ssebroker.Event;
import java.util.List;
import java.util.Set;

/** Reads the events of a published request's body, for the media types it knows. */
public interface BodyFormat {

  /**
   * The media types of the {@code Content-Type} field that this format reads.
   *
   * @return at least one, in lower case and without parameters, such as {@code application/json}
   */
  Set<String> mediaTypes();

  /**
   * Reads a body. May be called by any number of threads at the same time.
   *
   * @param body the whole body, at most {@link Limits#bodyBytes} long
   * @return the events, in the order in which they are to be published; may be none
   * @throws IllegalArgumentException if the body is not of this format; the message goes to the
   *     client, and nothing is published
   */
  List<Event> read(byte[] body);
}
