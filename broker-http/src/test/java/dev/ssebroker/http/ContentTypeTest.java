package dev.ssebroker.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetSocketAddress;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContentTypeTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "text/plain                            | text/plain       | true",
        "''                                    | ''               | true",
        "Text/Plain;Charset=UTF-8              | text/plain       | true",
        "text/plain; charset=utf8              | text/plain       | true",
        "text/plain; charset=\"utf-8\"         | text/plain       | true",
        "application/json ;a=b; charset=US-ASCII | application/json | true",
        "text/plain; charset=iso-8859-1        | text/plain       | false",
        "text/plain; charset=\"utf-16\"        | text/plain       | false",
        "text/plain; charset = utf-16          | text/plain       | false",
        "text/plain; charset=                  | text/plain       | false",
        "text/plain; charset                   | text/plain       | false",
        "text/plain; charset=utf-8; charset=utf-16 | text/plain   | false",
      })
  void charsetIsReadInAnyCaseAndMayBeQuoted(String field, String mediaType, boolean isUtf8) {
    Headers.Builder headers = new Headers.Builder();
    headers.add("Content-Type", field);
    ContentType type =
        ContentType.of(
            new Request(
                "POST",
                "/",
                Optional.empty(),
                "HTTP/1.1",
                headers.build(),
                new InetSocketAddress(0)));

    assertEquals(mediaType, type.mediaType());
    assertEquals(isUtf8, type.isUtf8());
  }
}
