/** Keeps the log that several brokers share in Redis. */
// Jedis's jar names its module in the manifest only.
@SuppressWarnings("requires-automatic")
@org.jspecify.annotations.NullMarked
module dev.ssebroker.redis {
  requires transitive dev.ssebroker;
  requires redis.clients.jedis;
  requires static org.jspecify;

  exports dev.ssebroker.redis;
}
