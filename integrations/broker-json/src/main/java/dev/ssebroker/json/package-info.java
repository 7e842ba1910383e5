/**
 * JSON bodies for publishing events over HTTP.
 *
 * <pre>
 *  JsonEvents.json()   one document: an object, or an array of objects
 *  JsonEvents.lines()  one object per line
 *    EventReader       turns the tokens of an object into an Event
 * </pre>
 *
 * <p>A format reads a body to its end before the server publishes any of its events. So either all
 * events of a body are published, or none.
 */
package dev.ssebroker.json;
