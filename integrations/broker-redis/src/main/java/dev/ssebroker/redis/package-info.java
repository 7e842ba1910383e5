/**
 * Keeps the log that several brokers share in Redis.
 *
 * <pre>
 *  any thread                sse-redis-append, one per log
 *  RedisLog.append ─ Call ─▶ Appender: all calls that wait, as one ─▶ append.lua
 *
 *  RedisLog.read, find, end ─▶ Reader ─▶ LinkPool: a few links ──▶ XREAD, renew.lua
 *                                           Link: one connection
 *                                           Members: which Address has the master?
 * </pre>
 *
 * <p><b>The chain.</b> Each event names the call that stored it, and the first of a call the call
 * before. Whoever follows the log compares the two, and so notices when Redis has lost what it had
 * already shown, even if others have written over the place since.
 */
package dev.ssebroker.redis;
