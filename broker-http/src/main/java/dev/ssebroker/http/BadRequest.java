package dev.ssebroker.http;

/** Ends a request with an error answer, after which the connection is closed. */
final class BadRequest extends Exception {
  private static final long serialVersionUID = 1L;

  final transient Decision.Answer answer;

  /** The message is sent to the client, so it must not repeat what the client sent. */
  BadRequest(int status, String message) {
    super(message, null, false, false);
    this.answer = ResponseHead.error(status, message);
  }

  BadRequest(Decision.Answer answer) {
    super(answer.text(), null, false, false);
    this.answer = answer;
  }
}
