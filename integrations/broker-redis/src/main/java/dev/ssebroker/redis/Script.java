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

/** A Lua script, sent by its name once the server knows it. */
final class Script {
  static final Script APPEND = new Script("append.lua");
  static final Script RENEW = new Script("renew.lua");

  private final byte[] text;
  private final byte[] name;

  private Script(String resource) {
    try (InputStream in = Script.class.getResourceAsStream(resource)) {
      text = Objects.requireNonNull(in, resource).readAllBytes();
      byte[] hash = MessageDigest.getInstance("SHA-1").digest(text);
      name = HexFormat.of().formatHex(hash).getBytes(UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  Object run(Link link, int timeoutMillis, List<byte[]> keys, List<byte[]> arguments) throws Fault {
    Object reply = ask(link, timeoutMillis, Command.EVALSHA, name, keys, arguments);
    if (reply instanceof JedisDataException error && Fault.isNoScript(error)) {
      reply = ask(link, timeoutMillis, Command.EVAL, text, keys, arguments);
    }
    return link.checked(reply);
  }

  private static Object ask(
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
