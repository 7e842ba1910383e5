/**
 * Lets publishers send events to a server as JSON.
 *
 * <pre>
 *  JsonEvents.json()   one document: an object, or an array of objects
 *  JsonEvents.lines()  one object a line
 *    EventReader       tokens of one object to one Event
 * </pre>
 *
 * <p>A body is read to its end before any of its events is published: it is taken as a whole or
 * refused as a whole.
 */
package dev.ssebroker.json;
