package dev.ssebroker.redis;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SSLSocketFactory;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/** The servers that store the log. One of them is the master. Makes all connections. */
final class Members implements AutoCloseable {
  private static final Pattern VERSION = Pattern.compile("([0-9]{1,4})\\.([0-9]{1,4})\\..*");
  private static final int MIN_MAJOR = 6;
  private static final int MIN_MINOR = 2;

  private final List<Address> addresses;
  private final SSLSocketFactory tls;
  private final byte[] stateKey;
  private final Set<Link> open = ConcurrentHashMap.newKeySet();

  /** The index of the last known master. The next search starts there. */
  private volatile int lastMaster;

  private volatile boolean closed;

  Members(List<Address> addresses, SSLSocketFactory tls, String stateKey) {
    this.addresses = addresses;
    this.tls = tls;
    this.stateKey = Link.bytes(stateKey);
  }

  /** Connects to the master. Divides the remaining time evenly among the untried members. */
  Link connect(long deadlineNanos) throws Fault {
    int first = lastMaster;
    List<Fault> faults = new ArrayList<>();
    for (int i = 0; i < addresses.size(); i++) {
      int member = (first + i) % addresses.size();
      long left = deadlineNanos - System.nanoTime();
      long share = left / (addresses.size() - i) / 1_000_000;
      try {
        Link link = connect(addresses.get(member), (int) Math.max(1, share));
        lastMaster = member;
        return link;
      } catch (Fault fault) {
        faults.add(fault);
      }
    }
    throw merged(faults);
  }

  private Link connect(Address address, int timeoutMillis) throws Fault {
    Link link = new Link(address, open);
    try {
      if (closed) {
        throw new Fault(Fault.Kind.NOT_CONNECTED, "the log is closed");
      }
      link.open(tls, timeoutMillis);
      greet(link, timeoutMillis);
      return link;
    } catch (Fault fault) {
      link.close();
      throw fault;
    } catch (RuntimeException e) {
      // A thread that connects must not end for what a server answers.
      link.close();
      throw new Fault(
          Fault.Kind.NOT_CONNECTED, "Redis at %s cannot be used: %s".formatted(address, e), e);
    }
  }

  /** Authenticates. The last command fails if another node of a cluster stores the log. */
  private void greet(Link link, int timeoutMillis) throws Fault {
    Address address = link.address();
    String password = address.password();
    if (password == null) {
      link.send(Command.HELLO, Link.bytes(2));
    } else {
      link.send(
          Command.HELLO,
          Link.bytes(2),
          Link.bytes("AUTH"),
          Link.bytes(address.user()),
          Link.bytes(password));
    }
    int count = 2;
    if (address.database() > 0) {
      link.send(Command.SELECT, Link.bytes(address.database()));
      count++;
    }
    link.send(Command.HGET, stateKey, Link.bytes("incarnation"));
    List<Object> answers;
    try {
      answers = link.receive(count, timeoutMillis);
    } catch (Fault fault) {
      throw new Fault(Fault.Kind.NOT_CONNECTED, fault.text(), fault);
    }
    checkServer(address, answers.getFirst());
    for (Object answer : answers) {
      link.checked(answer);
    }
  }

  private static void checkServer(Address address, Object hello) throws Fault {
    if (hello instanceof JedisDataException error) {
      if (String.valueOf(error.getMessage()).startsWith("ERR unknown command")) {
        throw tooOld(address, "older than 6");
      }
      throw Fault.of(address, error);
    }
    if (!(hello instanceof List<?> fields)) {
      throw new Fault(
          Fault.Kind.REFUSED, "the server at %s does not answer as Redis does".formatted(address));
    }
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i + 1 < fields.size(); i += 2) {
      if (fields.get(i + 1) instanceof byte[] value) {
        values.put(Link.text(Objects.requireNonNull(fields.get(i))), Link.text(value));
      }
    }
    String version = values.getOrDefault("version", "");
    Matcher matcher = VERSION.matcher(version);
    if (matcher.matches()) {
      int major = Integer.parseInt(matcher.group(1));
      int minor = Integer.parseInt(matcher.group(2));
      if (major < MIN_MAJOR || (major == MIN_MAJOR && minor < MIN_MINOR)) {
        throw tooOld(address, version);
      }
    }
    if (!values.getOrDefault("role", "master").equals("master")) {
      throw new Fault(Fault.Kind.NOT_READY, "Redis at %s is not a master".formatted(address));
    }
  }

  private static Fault tooOld(Address address, String version) {
    return new Fault(
        Fault.Kind.REFUSED,
        "Redis at %s is version %s; 6.2 or newer is needed".formatted(address, version));
  }

  /** Merges the faults of all members. A retry helps if it helps with one of them. */
  private static Fault merged(List<Fault> faults) {
    if (faults.size() == 1) {
      return faults.getFirst();
    }
    boolean allRefused = faults.stream().allMatch(fault -> fault.kind() == Fault.Kind.REFUSED);
    return new Fault(
        allRefused ? Fault.Kind.REFUSED : Fault.Kind.NOT_CONNECTED,
        faults.stream().map(Fault::text).collect(Collectors.joining("; ")),
        faults.getFirst());
  }

  boolean isClosed() {
    return closed;
  }

  /** Closes all connections, which ends the waits for answers. Makes no new ones. */
  @Override
  public void close() {
    closed = true;
    List.copyOf(open).forEach(Link::close);
  }
}
