package dev.ssebroker.http;

import java.util.List;

/** What an {@link Authorizer} says of a request. */
public sealed interface Permission {

  /**
   * The request may have these topics, which need not be all that it asked for, nor the same.
   *
   * @param topics for a stream at least one name or filter; for an event to publish, exactly one
   *     name
   */
  record Granted(List<String> topics) implements Permission {
    /** Copies the list. */
    public Granted {
      topics = List.copyOf(topics);
    }
  }

  /**
   * The request gets an answer instead.
   *
   * @param answer the answer, with a status of 400 or more
   */
  record Refused(Decision.Answer answer) implements Permission {}

  /**
   * Grants topics.
   *
   * @param topics names, or filters where a stream is asked for
   * @return the permission
   */
  static Permission granted(List<String> topics) {
    return new Granted(topics);
  }

  /**
   * Refuses. With 401, the answer asks for a bearer token.
   *
   * @param status from 400 to 599; 401 if the client should say who it is, 403 if that would not
   *     help
   * @return the refusal
   * @throws IllegalArgumentException if the status is out of bounds
   * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1">RFC 9110 §11.6.1</a>
   */
  static Permission refused(int status) {
    Decision.Answer answer = Decision.reject(status);
    return new Refused(status == 401 ? answer.with("WWW-Authenticate", "Bearer") : answer);
  }
}
