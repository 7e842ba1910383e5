package dev.ssebroker.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Valid and invalid URIs. */
class AddressTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      nullValues = "none",
      value = {
        "redis://h, false, h, 6379, default, none, 0",
        "rediss://h.example, true, h.example, 6379, default, none, 0",
        "redis://redis_1:7000, false, redis_1, 7000, default, none, 0",
        "redis://10.0.0.1:1/, false, 10.0.0.1, 1, default, none, 0",
        "redis://h/15, false, h, 6379, default, none, 15",
        "redis://[::1]:65535/2, false, ::1, 65535, default, none, 2",
        "redis://:p@h, false, h, 6379, default, p, 0",
        "redis://u:p@h:7/1, false, h, 7, u, p, 1",
        "redis://u@h, false, h, 6379, u, ``, 0",
        "redis://u%40x:a%3Ab%2Fc%25%20+@h, false, h, 6379, u@x, a:b/c% +, 0",
        "redis://u:a:b@h, false, h, 6379, u, a:b, 0",
        "redis://u:%C3%A4%f0%9F%98%80@h, false, h, 6379, u, ä😀, 0",
      })
  void partsOfAUriAreRead(
      String uri, boolean tls, String host, int port, String user, String password, int database) {
    assertEquals(new Address(tls, host, port, user, password, database), Address.parse(uri));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://u:hunter22@h | starts with neither redis:// nor rediss://",
        "hunter22@h | starts with neither redis:// nor rediss://",
        "REDIS://u:hunter22@h | starts with neither redis:// nor rediss://",
        "redis:// | has no valid host and port",
        "redis://u:hunter22@ | has no valid host and port",
        "redis://u:hunter22@:6379 | has no valid host and port",
        "redis://u:hunter22@h:x | has no valid host and port",
        "redis://u:hunter22@h:123456 | has no valid host and port",
        "redis://u:hunter22@::1 | has no valid host and port",
        "redis://u:hunter22@h h | has no valid host and port",
        "redis://u:hunter22@h:0 | has a port outside of 1 to 65535",
        "redis://u:hunter22@h:65536 | has a port outside of 1 to 65535",
        "redis://u:hunter22@h/x | has something other than a database number after the host",
        "redis://u:hun/ter22@h | has something other than a database number after the host",
        "redis://u:hunter22@h/1/2 | has something other than a database number after the host",
        "redis://u:hunter22@h/-1 | has something other than a database number after the host",
        "redis://u:hunter22@h?x=1 | has no valid host and port",
        "redis://u:hun@ter22@h | has a character that is not percent-encoded in user or password",
        "redis://u:hun ter22@h | has a character that is not percent-encoded in user or password",
        "redis://u:hunter22ä@h | has a character that is not percent-encoded in user or password",
        "redis://u:hunter22%@h | has a '%' in user or password without two hexadecimal digits",
        "redis://u:hunter22%2@h | has a '%' in user or password without two hexadecimal digits",
        "redis://u:hunter22%2g@h | has a '%' in user or password without two hexadecimal digits",
        "redis://u:hunter22%FF@h | has a user or password that is not UTF-8",
      })
  void invalidUriIsRefusedAndNotShown(String uri, String reason) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> RedisLog.builder().uri(uri))
            .getMessage();

    assertEquals(
        "uri "
            + reason
            + "; allowed is redis://[user[:password]@]host[:port][/database], or rediss:// for TLS,"
            + " where user and password are percent-encoded except for letters and digits",
        message);
  }

  @Test
  void textShowsHostAndPortOnly() {
    assertEquals("h:6379", Address.parse("redis://u:hunter22@h/3").toString());
    assertEquals("[::1]:7", Address.parse("redis://u:hunter22@[::1]:7").toString());
    try (RedisLog log = RedisLog.builder().uri("redis://u:hunter22@h").open()) {
      assertEquals("RedisLog[ssebroker at [h:6379]]", log.toString());
      assertFalse(log.toString().contains("hunter22"));
    }
  }
}
