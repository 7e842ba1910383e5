package dev.ssebroker.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Decides who may subscribe to which topics, and who may publish. */
@FunctionalInterface
public interface Authorizer {

  /**
   * Decides about one request, before the body is read and before anything is subscribed or
   * published. It may block, on the same thread as a {@link StreamHandler}. Several connections may
   * call it at the same time. If it throws, the client receives a 500 and the log a warning.
   *
   * @param request the client's request
   * @param access what the client wants to do
   * @param topics what the client asks for: the topics of a stream, or the topic to publish to
   * @return the topics the client gets, or an answer
   */
  Permission authorize(Request request, Access access, List<String> topics);

  /**
   * Returns an authorizer that requires {@code Authorization: Bearer} with one secret token. It
   * compares the token in constant time. It grants all topics that a request asks for, and it
   * grants access that is not guarded to everybody.
   *
   * @param token the secret, at least 16 visible ASCII characters
   * @param guarded the kinds of access that require the token
   * @return the authorizer
   * @throws IllegalArgumentException if the token is too short or has other characters, or if
   *     nothing is guarded
   * @see <a href="https://www.rfc-editor.org/rfc/rfc6750#section-2.1">RFC 6750 §2.1</a>
   */
  static Authorizer bearer(String token, Access... guarded) {
    if (token.length() < 16 || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new IllegalArgumentException(
          "token: allowed are 16 or more visible ASCII characters (it had %d)"
              .formatted(token.length()));
    }
    if (guarded.length == 0) {
      throw new IllegalArgumentException("guarded is empty; allowed are SUBSCRIBE and PUBLISH");
    }
    byte[] secret = token.getBytes(StandardCharsets.US_ASCII);
    Set<Access> needsToken = Set.copyOf(List.of(guarded));
    return (request, access, topics) ->
        !needsToken.contains(access) || MessageDigest.isEqual(secret, bearerToken(request))
            ? Permission.granted(topics)
            : Permission.refused(401);
  }

  private static byte[] bearerToken(Request request) {
    String scheme = "bearer ";
    return request
        .headers()
        .first("Authorization")
        .filter(value -> value.toLowerCase(Locale.ROOT).startsWith(scheme))
        .map(value -> value.substring(scheme.length()).strip())
        .orElse("")
        .getBytes(StandardCharsets.UTF_8);
  }
}
