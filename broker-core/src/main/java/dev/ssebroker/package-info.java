/**
 * Fans events out to many clients, none of which can hold up another, and loses nothing silently.
 *
 * <pre>
 *  any thread                                 one virtual thread per client, while it has work
 *  Broker.publish(topic, event)               Writer.run
 *    EventStreamEncoder: event to bytes, once   Outbox.take: what is queued
 *    -- broker lock --                            or, when behind, Resume.readPage: the next page
 *    History.append: sequence, id                 of the history, under the broker lock
 *    each client of Routes.audiences(topic):    Sink.write: one batch, one write
 *      Client.offer, Outbox.offer:              NOTHING: end; the next offer starts it again
 *        start the writer, if it rests          END or IOException: close the sink, leave
 *    -- unlock --
 *    Receipt
 *
 *  sse-follower, if brokers share a log       the same writer, when the history does not reach back
 *  EventLog.read: what any broker appended      LogPages: a page of the log, read without a lock
 *  History.append and all below it              Backlog.take: what is for the client, under the lock
 *
 *  sse-housekeeper, one per broker            sse-listener, while there is something to tell
 *  Pulse.beat: heartbeats, write deadlines,   Notices: calls the BrokerListener
 *    maximum ages, the history's age
 * </pre>
 *
 * <p><b>The lock rule.</b> A broker has one lock. It guards who subscribes to what, the history,
 * and every {@code offer}. An outbox has a lock of its own, taken last, and nothing is called while
 * it is held, at most a thread started. The deflation has one that writers take alone, to have a
 * frame deflated once for all. No lock is held while a sink or a listener runs, so holding one
 * never means waiting for a client.
 *
 * <p><b>The log rule.</b> If brokers share an {@link dev.ssebroker.EventLog}, {@code publish} ends
 * with its append, and the follower does the rest of the left column for all that the log has. The
 * log is asked only by threads that hold no lock but the one that has one page read at a time.
 *
 * <p><b>The thread rule.</b> Only a client's writer calls {@link dev.ssebroker.Sink#write} and
 * {@link dev.ssebroker.Sink#end}. It is a virtual thread that ends when there is nothing to write,
 * and of which a client never has two at a time. Any thread may ask for an end; the first reason
 * wins, and the writer, on its way out, is what reports it. A blocked write is freed by closing its
 * sink, never by an interrupt.
 *
 * <p><b>The gap rule.</b> When a client receives an event, each earlier event that was for it has
 * been received or counted in a gap notice before.
 */
package dev.ssebroker;
