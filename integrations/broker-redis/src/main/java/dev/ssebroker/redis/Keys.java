package dev.ssebroker.redis;

/** The keys in Redis. All have the prefix in braces, so that a cluster keeps them in one slot. */
record Keys(String prefix) {
  String state() {
    return of("log");
  }

  String events() {
    return of("events");
  }

  String marks() {
    return of("marks");
  }

  String writer(String name) {
    return of("writer:" + name);
  }

  String ownId(String id) {
    return of("id:" + id);
  }

  private String of(String name) {
    return "{" + prefix + "}:" + name;
  }
}
