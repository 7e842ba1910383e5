package dev.ssebroker.bench;

/**
 * The event that clients resume after.
 *
 * @param id what they send as their Last-Event-ID
 * @param time its T
 * @param sequence its N
 */
record ResumePoint(String id, long time, long sequence) {}
