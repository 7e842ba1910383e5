/**
 * Fans events out to many clients. No client holds up another, and nothing is lost silently.
 *
 * <pre>
 *  any thread                                 one virtual thread per client
 *  Broker.publish(topic, event)               Writer.run
 *    EventStreamEncoder: event to bytes, once   frame = queue.take()  parks while the client is busy,
 *    -- broker lock --                                                ends when it is idle
 *    History.append: sequence, id               queue.poll()          what else is queued
 *    each client of TopicTree.match(topic):     a marker?  REPLAY: Cursor.read, the next page
 *      Client.offer: queue.offer(frame)                    HEARTBEAT: a comment
 *      Client.wake: unpark or start the writer             END: Sink.end, leave
 *    -- unlock --                               Sink.write: one batch, one write
 *    Receipt
 *
 *  sse-housekeeper, one per broker            sse-listener, while there are notifications
 *    heartbeats, write deadlines, maximum       ListenerDispatcher: calls the BrokerListener
 *    ages, the age of the history
 * </pre>
 *
 * <p>{@code queue} is a {@link java.util.concurrent.BlockingQueue} of frames, a {@code FrameQueue}.
 * A client is in one of these states, which are records in {@code Client}:
 *
 * <pre>
 *           +------ queue full (overflow policy: replay) ------+
 *           v                                                  |
 *  REPLAYING: cursor ------- the cursor caught up -------> LIVE
 *           |                                                  |
 *           +------ close(), maximum age, broker closed -------+--&gt; DRAINING: reason, cursor
 *           |                                                  |         |         |
 *           +------ disconnected, write deadline, failed ------+--&gt; CUT: reason &lt;--+
 *                                                                        |         |
 *                                                 the writer left -&gt; ENDED: reason &lt;-- END taken
 * </pre>
 *
 * <p><b>The lock rule.</b> A broker has one lock. It guards subscriptions, writes to the history,
 * the states of clients, and the producer's end of each queue. Writers take from a queue and read
 * the history without it. No lock is held while a sink or a listener runs.
 *
 * <p><b>The log rule.</b> If brokers share an {@link dev.ssebroker.EventLog}, {@code publish} ends
 * with its append; the thread {@code sse-follower} reads what any broker appended, and does the
 * rest of the left column. Threads call the log without a lock, except the one that reads a page at
 * a time.
 *
 * <p><b>The thread rule.</b> Only a client's writer calls {@link dev.ssebroker.Sink#write} and
 * {@link dev.ssebroker.Sink#end}; a client never has two writers at a time. Any thread may end a
 * client; the first reason wins. Closing the sink frees a blocked write; nothing interrupts it.
 *
 * <p><b>The gap rule.</b> When a client receives an event, it has received each earlier event that
 * was for it, or a gap notice that counts it.
 */
package dev.ssebroker;
