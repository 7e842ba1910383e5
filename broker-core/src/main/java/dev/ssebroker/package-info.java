/**
 * Fans events out to many clients, none of which can hold up another.
 *
 * <pre>
 *  any thread                                 one virtual thread per client
 *  Broker.publish(topic, event)               Writer.run
 *    EventStreamEncoder: event to bytes, once   Outbox.take: wait for a frame,
 *    -- broker lock --                                       drain what else is queued
 *    each client of the topic: Outbox.offer     Sink.write: one batch, one write
 *    -- unlock --                               END or IOException: close the sink, leave
 *    Receipt
 * </pre>
 *
 * <p><b>The lock rule.</b> A broker has one lock. It guards who subscribes to what and every {@code
 * offer}; it is never held while a sink or a listener runs, so holding it never means waiting for a
 * client.
 *
 * <p><b>The thread rule.</b> Only a client's writer calls {@link dev.ssebroker.Sink#write} and
 * {@link dev.ssebroker.Sink#end}. Any thread may ask for an end; the first reason wins, and the
 * writer, on its way out, is what reports it. A blocked write is freed by closing its sink, never
 * by an interrupt.
 */
package dev.ssebroker;
