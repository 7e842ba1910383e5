package dev.ssebroker.http;

/** What a server counts by itself. */
record ServerFigures(Refusals refusals, DeliveryTimes deliveryTimes) {
  ServerFigures() {
    this(new Refusals(), new DeliveryTimes());
  }
}
