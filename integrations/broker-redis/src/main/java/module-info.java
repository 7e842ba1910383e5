/** A log in Redis that several brokers share. */
// The jar of Jedis has a module name in its manifest only.
@SuppressWarnings("requires-automatic")
@org.jspecify.annotations.NullMarked
module dev.ssebroker.redis {
  requires transitive dev.ssebroker;
  requires redis.clients.jedis;
  requires static org.jspecify;

  exports dev.ssebroker.redis;
}
