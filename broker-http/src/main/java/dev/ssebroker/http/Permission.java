package dev.ssebroker.http;

import java.util.List;

/** An {@link Authorizer}'s answer. */
public sealed interface Permission {

  /**
   * Grants the request some topics. They may be fewer than it asks for, or others.
   *
   * @param topics for a stream at least one name or filter; for an event to publish exactly one
   *     name
   */
  record Granted(List<String> topics) implements Permission {
    /** Copies the list. */
    public Granted {
      topics = List.copyOf(topics);
    }
  }

  /**
   * Refuses the request.
   *
   * @param answer the client's answer, with a status of 400 or more
   */
  record Refused(Decision.Answer answer) implements Permission {}

  /**
   * Grants topics.
   *
   * @param topics names, or filters if the request asks for a stream
   * @return the permission
   */
  static Permission granted(List<String> topics) {
    return new Granted(topics);
  }

  /**
   * Refuses the request. With 401, the answer asks for a bearer token.
   *
   * @param status from 400 to 599; 401 if the client should authenticate, 403 if that would not
   *     help
   * @return the permission
   * @throws IllegalArgumentException if the status is out of bounds
   * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1">RFC 9110 §11.6.1</a>
   */
  static Permission refused(int status) {
    Decision.Answer answer = Decision.refuse(status);
    return new Refused(status == 401 ? answer.with("WWW-Authenticate", "Bearer") : answer);
  }
}
