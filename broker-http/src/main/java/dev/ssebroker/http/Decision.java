package dev.ssebroker.http;

import java.nio.charset.StandardCharsets;

/** What a request gets. A refusal without a status cannot be written. */
public sealed interface Decision {

  /**
   * The event stream of a topic.
   *
   * @param topic a topic's name; one that the broker refuses becomes a 500
   */
  record Stream(String topic) implements Decision {}

  /**
   * One response, after which the connection is closed.
   *
   * @param status from 200 to 599
   * @param contentType the media type of the body, visible ASCII characters and spaces
   * @param body sent as UTF-8
   */
  record Answer(int status, String contentType, String body) implements Decision {

    /**
     * Refuses what could not be sent.
     *
     * @throws IllegalArgumentException if a part breaks its rule; the message names it
     */
    public Answer {
      if (status < 200 || status > 599) {
        throw new IllegalArgumentException(
            "status is %d; allowed is from 200 to 599".formatted(status));
      }
      if (contentType.isEmpty() || !contentType.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
        throw new IllegalArgumentException(
            "contentType is '%s'; allowed are visible ASCII characters and spaces"
                .formatted(contentType));
      }
    }

    byte[] bodyBytes() {
      return body.getBytes(StandardCharsets.UTF_8);
    }
  }

  /**
   * Gives the client the stream of a topic.
   *
   * @param topic a topic's name
   * @return the decision
   */
  static Decision stream(String topic) {
    return new Stream(topic);
  }

  /**
   * Gives the client a page or other text, with status 200.
   *
   * @param contentType such as {@code text/html;charset=utf-8}
   * @param body the text, sent as UTF-8
   * @return the decision
   * @throws IllegalArgumentException if the content type has characters other than visible ASCII
   *     and spaces
   */
  static Decision answer(String contentType, String body) {
    return new Answer(200, contentType, body);
  }

  /**
   * Refuses the request, with a body of one line that names the status.
   *
   * @param status from 400 to 599
   * @return the decision
   * @throws IllegalArgumentException if the status is out of bounds
   */
  static Decision reject(int status) {
    if (status < 400) {
      throw new IllegalArgumentException(
          "status is %d; allowed is from 400 to 599".formatted(status));
    }
    return ResponseHead.refusal(status, ResponseHead.reason(status));
  }
}
