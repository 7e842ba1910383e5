package dev.ssebroker.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Says who may subscribe to which topics, and who may publish. */
@FunctionalInterface
public interface Authorizer {

  /**
   * Decides about one request. Called by the connection's own virtual thread, before a body is read
   * and before anything is subscribed or published, so it may block; it is called by many
   * connections at the same time. What it throws becomes a 500 for the client and a warning in the
   * log.
   *
   * @param request what the client sent
   * @param access what it wants to do
   * @param topics what it asks for: the topics of a stream, or the one to publish to
   * @return the topics it gets, or an answer
   */
  Permission authorize(Request request, Access access, List<String> topics);

  /**
   * An authorizer that wants {@code Authorization: Bearer} with one secret token, compared in
   * constant time, and then grants what is asked for; what is not guarded is granted to everybody.
   *
   * @param token the secret, at least 16 visible ASCII characters
   * @param guarded what needs the token
   * @return the authorizer
   * @throws IllegalArgumentException if the token is too short or has other characters, or nothing
   *     is guarded
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
        .getBytes(StandardCharsets.ISO_8859_1);
  }
}
