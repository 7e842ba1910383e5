package dev.ssebroker.bench;

/**
 * The event after which clients resume.
 *
 * @param id the id, which clients send as Last-Event-ID
 * @param time the T of its mark
 * @param sequence the N of its mark
 */
record ResumePoint(String id, long time, long sequence) {}
