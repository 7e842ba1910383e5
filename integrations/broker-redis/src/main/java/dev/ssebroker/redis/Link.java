package dev.ssebroker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.commands.ProtocolCommand;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * A connection to a server. Used by one thread at a time. Any thread may close it.
 *
 * <p>Jedis implements the protocol. It blocks the calling thread, as the methods of a log do.
 * Lettuce would add Netty, and other threads between the caller and the socket.
 */
final class Link implements AutoCloseable {
  private final Address address;
  private final Set<Link> open;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** The socket below TLS. Closing it ends reads and writes without waiting for them. */
  private final Socket socket = new Socket();

  /** The socket that Jedis uses: plain or TLS. Set by {@link #open}. */
  private Socket jedisSocket = socket;

  /** Takes the open socket when the first command is sent. Sends no commands of its own. */
  private final Connection connection = new Connection(() -> jedisSocket);

  /** Adds itself to the open links. Closing it removes it. */
  Link(Address address, Set<Link> open) {
    this.address = address;
    this.open = open;
    open.add(this);
  }

  void open(SSLSocketFactory tls, int timeoutMillis) throws Fault {
    try {
      InetSocketAddress target = new InetSocketAddress(address.host(), address.port());
      if (target.isUnresolved()) {
        throw new UnknownHostException("unknown host");
      }
      socket.setTcpNoDelay(true);
      socket.setKeepAlive(true);
      socket.connect(target, timeoutMillis);
      socket.setSoTimeout(timeoutMillis);
      if (address.tls()) {
        jedisSocket = startTls(tls);
      }
    } catch (IOException e) {
      throw Fault.notConnected(address, e);
    }
  }

  private SSLSocket startTls(SSLSocketFactory tls) throws IOException {
    SSLSocket tlsSocket =
        (SSLSocket) tls.createSocket(socket, address.host(), address.port(), true);
    SSLParameters parameters = tlsSocket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    tlsSocket.setSSLParameters(parameters);
    tlsSocket.startHandshake();
    return tlsSocket;
  }

  Address address() {
    return address;
  }

  /** Buffers a command. {@link #receive} sends it, unless the buffer is full before. */
  void send(ProtocolCommand command, byte[]... arguments) throws Fault {
    try {
      connection.sendCommand(command, arguments);
    } catch (JedisException e) {
      throw Fault.noAnswer(address, e);
    }
  }

  /** Sends the buffered commands and returns their answers. An error is an answer, too. */
  List<Object> receive(int count, int timeoutMillis) throws Fault {
    try {
      connection.setSoTimeout(timeoutMillis);
      return connection.getMany(count);
    } catch (JedisException e) {
      throw Fault.noAnswer(address, e);
    }
  }

  /** Returns the answer, or throws if it is an error. */
  Object checked(Object answer) throws Fault {
    if (answer instanceof JedisDataException error) {
      throw Fault.of(address, error);
    }
    return answer;
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      socket.close();
    } catch (IOException e) {
      // The socket cannot be used again either way.
    }
    open.remove(this);
  }

  static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  static byte[] bytes(long number) {
    return Long.toString(number).getBytes(UTF_8);
  }

  static String text(Object bytes) {
    return new String((byte[]) bytes, UTF_8);
  }
}
