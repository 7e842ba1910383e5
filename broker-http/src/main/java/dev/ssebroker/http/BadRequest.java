package dev.ssebroker.http;

/** A request that is answered with an error status, after which the connection is closed. */
final class BadRequest extends Exception {
  private static final long serialVersionUID = 1L;

  final transient Decision.Answer answer;

  /** The message goes to the client as it is, so it never repeats what the client sent. */
  BadRequest(int status, String message) {
    super(message, null, false, false);
    this.answer = ResponseHead.refusal(status, message);
  }

  BadRequest(Decision.Answer answer) {
    super(answer.body(), null, false, false);
    this.answer = answer;
  }
}
