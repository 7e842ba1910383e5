package dev.ssebroker.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebroker.Event;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonEventsTest {

  @Test
  void formatsAreChosenByMediaType() {
    assertEquals(Set.of("application/json"), JsonEvents.json().mediaTypes());
    assertEquals(
        Set.of("application/x-ndjson", "application/jsonl"), JsonEvents.lines().mediaTypes());
  }

  @Test
  void everyMemberIsRead() {
    assertEquals(
        List.of(
            Event.of("price", "12").withId("17").withKey("ACME").withRetry(Duration.ofSeconds(2))),
        json("{'retry':2000,'key':'ACME','data':'12','type':'price','id':'17'}"));
  }

  @Test
  void boundsOfRetryAreInclusive() {
    assertEquals(
        List.of(Event.of("").withRetry(Duration.ZERO), Event.of("").withRetry(Duration.ofHours(1))),
        json("[{'data':'','retry':0},{'data':'','retry':3600000}]"));
  }

  @Test
  void arrayIsReadInItsOrder() {
    assertEquals(
        List.of(Event.of("a"), Event.of("b"), Event.of("a")),
        json(" [ {'data':'a'} , {'data':'b'},{'data':'a'}\r\n]\t"));
    assertEquals(List.of(), json("[]"));
  }

  @Test
  void eachLineIsAnEvent() {
    assertEquals(
        List.of(Event.of("a"), Event.of("b\nc"), Event.of("d")),
        lines("\n{'data':'a'}\r\n\r\n \t\n{'data':'b\\nc'}\n {'data':'d'} "));
    assertEquals(List.of(), lines(""));
    assertEquals(List.of(), lines("\n\n"));
  }

  /** RFC 8259 §8.1 permits it. Some editors and PowerShell write one. */
  @Test
  void byteOrderMarkBeforeTheTextIsIgnored() {
    assertEquals(List.of(Event.of("a")), json("\uFEFF{'data':'a'}"));
    assertEquals(List.of(Event.of("a"), Event.of("b")), lines("\uFEFF{'data':'a'}\n{'data':'b'}"));
    assertEquals(List.of(), lines("\uFEFF"));
  }

  /** The kinds of values (RFC 8259 §3). */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'text'                       | text",
        "''                           | ``",
        "'{\\'a\\':1}'                | {'a':1}",
        "'\\u00e9 \\ud83d\\ude80 \\/' | é 🚀 /",
        "null                         | null",
        "true                         | true",
        "false                        | false",
        "0                            | 0",
        "-0                           | -0",
        "-12.50                       | -12.50",
        "1E+400                       | 1E+400",
        "123456789012345678901234567890.10 | 123456789012345678901234567890.10",
        "[ ]                          | []",
        "{ }                          | {}",
        "[ 1 , [ 'a\\u000a' ] , { } ] | [1,['a\\n'],{}]",
        "{ 'b' : 1 , 'a' : { 'c' : null } } | {'b':1,'a':{'c':null}}",
        "{ 'id' : 1 , 'id' : 2 }      | {'id':1,'id':2}",
        "{ 'key' : '\\/ é \\u2028' }  | {'key':'/ é \u2028'}",
        "{ '\\u0001' : '\\u001f' }    | {'\\u0001':'\\u001F'}",
      })
  void dataIsAStringOrTheTextOfAValue(String value, String data) {
    assertEquals(List.of(Event.of(data.replace('\'', '"'))), json("{'data':" + value + "}"));
    assertEquals(List.of(Event.of(data.replace('\'', '"'))), lines("{'data':" + value + "}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}                             | has no member 'data'; it is required and may be any JSON value",
        "{'type':'a'}                   | has no member 'data'; it is required and may be any JSON value",
        "{'data':'','id':''} | has a member 'id' that is not 1 to 64 letters, digits and . _ ~ -",
        "{'data':'','id':'a b'} | has a member 'id' that is not 1 to 64 letters, digits and . _ ~ -",
        "{'data':'','id':'a\\nb'} | has a member 'id' that is not 1 to 64 letters, digits and . _ ~ -",
        "{'data':'','id':'\\u0000'} | has a member 'id' that is not 1 to 64 letters, digits and . _ ~ -",
        "{'data':'','id':17} | has a member 'id' that is not a string",
        "{'data':'','id':null} | has a member 'id' that is not a string",
        "{'id':'a','data':'','id':'a'} | has the member 'id' twice; allowed is once",
        "{'data':'','Type':'a'}         | has an unknown member; allowed are data, type, id, key and retry",
        "{'data':'','event':{'a':[1]}}  | has an unknown member; allowed are data, type, id, key and retry",
        "{'data':'','data':''}          | has the member 'data' twice; allowed is once",
        "{'data':'','d\\u0061ta':''}    | has the member 'data' twice; allowed is once",
        "{'key':'','data':'','key':''}  | has the member 'key' twice; allowed is once",
        "{'data':'','type':1}           | has a member 'type' that is not a string",
        "{'data':'','type':null}        | has a member 'type' that is not a string",
        "{'data':'','type':['a']}       | has a member 'type' that is not a string",
        "{'data':'','key':true}         | has a member 'key' that is not a string",
        "{'data':'','retry':'1'}        | has a member 'retry' that is not a whole number of milliseconds from 0 to 3600000",
        "{'data':'','retry':-1}         | has a member 'retry' that is not a whole number of milliseconds from 0 to 3600000",
        "{'data':'','retry':1.0}        | has a member 'retry' that is not a whole number of milliseconds from 0 to 3600000",
        "{'data':'','retry':1e3}        | has a member 'retry' that is not a whole number of milliseconds from 0 to 3600000",
        "{'data':'','retry':3600001}    | has a member 'retry' that is not a whole number of milliseconds from 0 to 3600000",
        "{'data':'','retry':99999999999999999999} | has a member 'retry' that is not a whole number of milliseconds from"
            + " 0 to 3600000",
        "{'data':'','retry':null}       | has a member 'retry' that is not a whole number of milliseconds from 0 to 3600000",
        "'text'                         | is not a JSON object such as {\"data\":\"text\"}",
        "17                             | is not a JSON object such as {\"data\":\"text\"}",
        "null                           | is not a JSON object such as {\"data\":\"text\"}",
        "{'data':'','type':''}          | : type is empty; leave it out for 'message'",
        "{'data':'','type':'a\\nb'}     | : type has a line break at index 1; a type is one line of text",
        "{'data':'','type':'a\\u0000'}  | : type has a NUL at index 1; a type is one line of text",
        "{'data':'','type':'open'}      | : type 'open' is one of EventSource's own events; choose another name",
        "{'data':'','type':'gap'}       | : type 'gap' is the broker's own notice of missing events; choose another"
            + " name",
        "{'data':'\\ud800'}             | : data has an unpaired surrogate at index 0, which UTF-8 cannot carry",
        "{'data':['\\udc00']}           | : data has an unpaired surrogate at index 2, which UTF-8 cannot carry",
        "{'data':['\\ud83d?']}         | : data has an unpaired surrogate at index 2, which UTF-8 cannot carry",
        "{'data':{'\\ud83d':1}}        | is not valid JSON",
        "{'data':'','type':'\\ud83d?'} | : type has an unpaired surrogate at index 0, which UTF-8 cannot carry",
        "{'data':tru}                   | is not valid JSON",
        "{'data':NaN}                   | is not valid JSON",
        "{'data':01}                    | is not valid JSON",
        "{'data':+1}                    | is not valid JSON",
        "{'data':1.}                    | is not valid JSON",
        "{'data':.5}                    | is not valid JSON",
        "{'data':'\t'}                  | is not valid JSON",
        "{'data':'\\x'}                 | is not valid JSON",
        "{'data':'\\u12'}               | is not valid JSON",
        "{data:1}                       | is not valid JSON",
        "{'data':1,}                    | is not valid JSON",
        "{'data':[1,]}                  | is not valid JSON",
        "{'data' 1}                     | is not valid JSON",
        "{'data':1 'key':''}            | is not valid JSON",
        "{'data':[1}                    | is not valid JSON",
        "{'data':1                      | is not valid JSON",
        "{'data':'                      | is not valid JSON",
        "{'data':1/**/}                 | is not valid JSON",
        "\uFEFF\uFEFF{'data':1}         | is not valid JSON",
      })
  void violationIsReportedWithItsPosition(String event, String problem) {
    String message = problem.startsWith(":") ? problem : " " + problem;
    assertEquals("event 1" + message, refusal(event));
    assertEquals("event 3" + message, refusal("[{'data':'a'},{'data':'b'}," + event + "]"));
    assertEquals(
        "line 4" + message, lineRefusal("{'data':'a'}\n\n{'data':'b'}\r\n" + event + "\n{"));
  }

  @Test
  void textAfterTheEndIsRefused() {
    String ofBody = "the body has text after its JSON; allowed is one object or one array";
    for (String more : List.of("{'data':'b'}", "[]", ",", "x", "]", "\u0000", "\u00a0")) {
      assertEquals(ofBody, refusal("{'data':'a'}" + more));
      assertEquals(ofBody, refusal("[{'data':'a'}] " + more));
      assertEquals(
          "line 1 has text after its object; allowed is one object",
          lineRefusal("{'data':'a'}" + more));
    }
  }

  @Test
  void emptyBodyIsRefused() {
    assertEquals("event 1 is not a JSON object such as {\"data\":\"text\"}", refusal(""));
    assertEquals("event 1 is not a JSON object such as {\"data\":\"text\"}", refusal(" \n"));
  }

  @Test
  void arrayInALineIsRefused() {
    assertEquals(
        "line 1 is not a JSON object such as {\"data\":\"text\"}", lineRefusal("[{'data':'a'}]"));
  }

  @Test
  void invalidArrayIsRefused() {
    assertEquals("event 2 is not valid JSON", refusal("[{'data':'a'}"));
    assertEquals("event 2 is not valid JSON", refusal("[{'data':'a'},]"));
    assertEquals("event 2 is not valid JSON", refusal("[{'data':'a'}{'data':'b'}]"));
    assertEquals("event 1 is not valid JSON", refusal("["));
    assertEquals("event 1 is not valid JSON", refusal("]"));
    assertEquals(
        "event 1 is not a JSON object such as {\"data\":\"text\"}", refusal("[[{'data':'a'}]]"));
  }

  @Test
  void nestingIsBounded() {
    int inside = JsonEvents.MAX_DEPTH - 1;
    String deepest = "[".repeat(inside) + "]".repeat(inside);
    assertEquals(List.of(Event.of(deepest)), json("{'data':" + deepest + "}"));
    String problem = "is nested deeper than 64 levels, or has a number of more than 1000 digits";
    assertEquals("event 1 " + problem, refusal("[{'data':" + deepest + "}]"));
    assertEquals("line 1 " + problem, lineRefusal("{'data':[" + deepest + "]}"));
    assertEquals("event 1 " + problem, refusal("{'data':" + "[".repeat(1_000_000)));
    assertEquals("event 1 " + problem, refusal("{'data':" + "{'a':".repeat(1_000_000)));
    assertEquals("event 1 " + problem, refusal("{'data':" + "9".repeat(1001) + "}"));
  }

  @Test
  void longStringsAndNamesAreAccepted() {
    String text = "é".repeat(1_000_000);
    assertEquals(List.of(Event.of(text)), json("{'data':'" + text + "'}"));
    assertEquals(List.of(Event.of("{\"" + text + "\":1}")), json("{'data':{'" + text + "': 1}}"));
  }

  /** RFC 8259 §8.1, and Unicode's table 3-7 of well-formed sequences. */
  @ParameterizedTest
  @ValueSource(strings = {"80", "c3", "c080", "e08080", "eda080", "f4908080", "ff", "c328"})
  void bodyThatIsNotUtf8IsRefused(String hex) {
    byte[] body = ("{\"data\":\"" + text(hex) + "\"}").getBytes(StandardCharsets.ISO_8859_1);
    for (var format : List.of(JsonEvents.json(), JsonEvents.lines())) {
      assertEquals(
          "the body is not UTF-8; JSON must be UTF-8",
          assertThrows(IllegalArgumentException.class, () -> format.read(body)).getMessage());
    }
  }

  private static String text(String hex) {
    return new String(HexFormat.of().parseHex(hex), StandardCharsets.ISO_8859_1);
  }

  @Test
  void encodingIsNotGuessed() {
    byte[] body = "{\"data\":\"a\"}".getBytes(StandardCharsets.UTF_16BE);
    assertEquals(
        "event 1 is not valid JSON",
        assertThrows(IllegalArgumentException.class, () -> JsonEvents.json().read(body))
            .getMessage());
  }

  @Test
  void messageRepeatsNothingOfTheBody() {
    String secret = "secret".repeat(1000);
    for (String body :
        List.of(
            "{'" + secret + "':1}",
            "{'data':'','type':'" + secret + "\\n'}",
            "{'data':'','retry':'" + secret + "'}",
            "{'data':'','id':'" + secret + "'}",
            "{'data':" + secret + "}",
            "{'data':'" + secret,
            "{'data':''}" + secret,
            secret)) {
      for (String message : List.of(refusal(body), refusal("[" + body), lineRefusal(body))) {
        assertTrue(!message.contains("secret") && message.length() < 150, message);
      }
    }
  }

  private static List<Event> json(String body) {
    return JsonEvents.json().read(bytes(body));
  }

  private static List<Event> lines(String body) {
    return JsonEvents.lines().read(bytes(body));
  }

  private static String refusal(String body) {
    return String.valueOf(
        assertThrows(IllegalArgumentException.class, () -> json(body)).getMessage());
  }

  private static String lineRefusal(String body) {
    return String.valueOf(
        assertThrows(IllegalArgumentException.class, () -> lines(body)).getMessage());
  }

  /** Replaces single quotes, which make the tables easier to read. */
  private static byte[] bytes(String body) {
    return body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }
}
