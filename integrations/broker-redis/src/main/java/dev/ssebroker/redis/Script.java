package dev.ssebroker.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/** A Lua script. Sends its hash, and its source only if the server does not know the hash. */
final class Script {
  static final Script APPEND = new Script("append.lua");
  static final Script RENEW = new Script("renew.lua");

  private final byte[] source;
  private final byte[] hash;

  private Script(String resource) {
    try (InputStream in = Script.class.getResourceAsStream(resource)) {
      source = Objects.requireNonNull(in, resource).readAllBytes();
      byte[] sha1 = MessageDigest.getInstance("SHA-1").digest(source);
      hash = HexFormat.of().formatHex(sha1).getBytes(UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  Object run(Link link, int timeoutMillis, List<byte[]> keys, List<byte[]> arguments) throws Fault {
    Object reply = send(link, timeoutMillis, Command.EVALSHA, hash, keys, arguments);
    if (reply instanceof JedisDataException error && Fault.isNoScript(error)) {
      reply = send(link, timeoutMillis, Command.EVAL, source, keys, arguments);
    }
    return link.checked(reply);
  }

  private static Object send(
      Link link,
      int timeoutMillis,
      Command command,
      byte[] script,
      List<byte[]> keys,
      List<byte[]> arguments)
      throws Fault {
    List<byte[]> all = new ArrayList<>(2 + keys.size() + arguments.size());
    all.add(script);
    all.add(Link.bytes(keys.size()));
    all.addAll(keys);
    all.addAll(arguments);
    link.send(command, all.toArray(new byte[0][]));
    return link.receive(1, timeoutMillis).getFirst();
  }
}
