package dev.ssebroker.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.BindException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ListenFailureTest {

  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(
            3000,
            new BindException("Address already in use"),
            "Port 3000 is in use. Try --port 3001, or --port 0 for a free one."),
        Arguments.of(
            65535,
            new BindException("Address already in use: bind"),
            "Port 65535 is in use. Try --port 3000, or --port 0 for a free one."),
        Arguments.of(
            3000,
            new BindException("Cannot assign requested address"),
            "'box' is not an address of this machine. Try --host localhost, or --host 0.0.0.0 for"
                + " all of its addresses."),
        Arguments.of(
            80,
            new BindException("Permission denied"),
            "Port 80 needs a permission that this user lacks, as ports below 1024 do. Try --port"
                + " 3000."),
        Arguments.of(
            80,
            new SocketException("Permission denied"),
            "Port 80 needs a permission that this user lacks, as ports below 1024 do. Try --port"
                + " 3000."),
        Arguments.of(
            3000,
            new UnknownHostException("box: Name or service not known"),
            "The host 'box' is unknown. Try --host localhost."),
        Arguments.of(
            3000,
            new SocketException("Too many open files"),
            "Cannot listen on box, port 3000: Too many open files"),
        Arguments.of(
            3000, new IOException(), "Cannot listen on box, port 3000: java.io.IOException"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void causeIsDescribedInOneLineWithAdvice(int port, IOException cause, String line) {
    assertEquals(line, ListenFailure.describe("box", port, cause));
  }
}
