/**
 * A shared log in Redis.
 *
 * <pre>
 *  any thread                sse-redis-append, one per log
 *  RedisLog.append ─ Call ─▶ Appender: all waiting calls as one batch ─▶ append.lua
 *
 *  RedisLog.read, find, end ─▶ Reader ─▶ LinkPool: a few links ──▶ XREAD, renew.lua
 *                                           Link: one connection
 *                                           Members: finds the Address of the master
 * </pre>
 *
 * <p><b>The chain.</b> Each event contains the token of the call that stored it. The first event of
 * a call also contains the token of the previous call. A follower compares the tokens. So it
 * notices when Redis has lost events that it has read, even if other events have their positions
 * now.
 */
package dev.ssebroker.redis;
