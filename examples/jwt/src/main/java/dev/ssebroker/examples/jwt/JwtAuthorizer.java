package dev.ssebroker.examples.jwt;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.ssebroker.http.Access;
import dev.ssebroker.http.Authorizer;
import dev.ssebroker.http.Permission;
import dev.ssebroker.http.Request;
import java.text.ParseException;
import java.util.List;
import java.util.Set;

/**
 * Grants the topics that a signed token lists: {@code {"subscribe": ["news/*"], "publish": []}}.
 * The token must list a topic or filter exactly as the client requests it.
 */
public final class JwtAuthorizer implements Authorizer {
  private static final String SCHEME = "Bearer ";

  private final DefaultJWTProcessor<SecurityContext> tokens = new DefaultJWTProcessor<>();

  /**
   * Creates an authorizer.
   *
   * @param keys the issuer's public keys
   * @param issuer the token's {@code iss}
   * @param audience a required entry of the token's {@code aud}
   */
  public JwtAuthorizer(JWKSource<SecurityContext> keys, String issuer, String audience) {
    // The server chooses the algorithm, not the token (RFC 8725 §3.1).
    tokens.setJWSKeySelector(new JWSVerificationKeySelector<>(JWSAlgorithm.ES256, keys));
    tokens.setJWTClaimsSetVerifier(
        new DefaultJWTClaimsVerifier<>(
            audience, new JWTClaimsSet.Builder().issuer(issuer).build(), Set.of("exp")));
  }

  @Override
  public Permission authorize(Request request, Access access, List<String> topics) {
    String field = request.headers().first("Authorization").orElse("");
    if (!field.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return Permission.refused(401);
    }
    try {
      JWTClaimsSet claims = tokens.process(field.substring(SCHEME.length()).strip(), null);
      String claim = access == Access.SUBSCRIBE ? "subscribe" : "publish";
      List<String> listed = claims.getStringListClaim(claim);
      return listed != null && listed.containsAll(topics)
          ? Permission.granted(topics)
          : Permission.refused(403);
    } catch (ParseException | BadJOSEException e) {
      return Permission.refused(401);
    } catch (JOSEException e) {
      throw new IllegalStateException("The keys cannot be had", e);
    }
  }
}
