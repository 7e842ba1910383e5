package dev.ssebroker.http;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;

/** Binds the ports that a server listens on. */
final class Ports {
  /** How many connections may wait to be accepted. The kernel may use a lower number. */
  private static final int BACKLOG = 4096;

  /** How often a port that is free on one address may turn out to be in use on the other. */
  private static final int MAX_TRIES = 20;

  private Ports() {}

  /**
   * Binds a port on the addresses of a host: on all that this machine has for {@code localhost},
   * and on the first one for other names.
   *
   * @param port from 0, for a free port, to 65535
   * @param bound receives each channel, so that the caller can close it if a later step fails
   * @return the channels, at least one, all on the same port
   * @throws BindException if the port cannot be bound; the message names host and port
   */
  static List<ServerSocketChannel> bind(String host, int port, List<ServerSocketChannel> bound)
      throws IOException {
    List<InetAddress> addresses = addresses(host);
    for (int tries = 1; ; tries++) {
      List<ServerSocketChannel> channels = new ArrayList<>();
      try {
        int actual = port;
        for (InetAddress address : addresses) {
          ServerSocketChannel channel = ServerSocketChannel.open();
          channels.add(channel);
          channel.bind(new InetSocketAddress(address, actual), BACKLOG);
          actual = channel.socket().getLocalPort();
        }
        bound.addAll(channels);
        return channels;
      } catch (IOException e) {
        channels.forEach(SseServer::closeQuietly);
        if (!(e instanceof BindException)) {
          throw e;
        }
        boolean another = port == 0 && channels.size() > 1 && tries < MAX_TRIES;
        if (!another) {
          throw named(host, port, e);
        }
      }
    }
  }

  private static BindException named(String host, int port, IOException cause) {
    BindException named =
        new BindException("cannot listen on %s:%d: %s".formatted(host, port, cause.getMessage()));
    named.initCause(cause);
    return named;
  }

  private static List<InetAddress> addresses(String host) throws IOException {
    if (!host.equals("localhost")) {
      return List.of(InetAddress.getByName(host));
    }
    List<InetAddress> present = new ArrayList<>();
    for (InetAddress address : InetAddress.getAllByName(host)) {
      // The name may have ::1 although the machine has no IPv6.
      if (NetworkInterface.getByInetAddress(address) != null) {
        present.add(address);
      }
    }
    return present.isEmpty() ? List.of(InetAddress.getByName(host)) : present;
  }
}
