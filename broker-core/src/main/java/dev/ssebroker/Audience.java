package dev.ssebroker;

import java.util.ArrayList;
import java.util.List;

/**
 * The clients that subscribed with one filter. Guarded by the broker's lock.
 *
 * <p>A client that leaves gives its place to the last one, so leaving costs the same in an audience
 * of any size. A loop that may remove clients runs from the last place to the first: whoever moves
 * into a freed place has been visited.
 */
final class Audience {
  /** Beside the seats, so that a publish walks over clients only. */
  private final List<Client> clients = new ArrayList<>();

  private final List<Seat> seats = new ArrayList<>();

  /** One client's place in one audience. */
  static final class Seat {
    final Audience audience;
    private int place;

    private Seat(Audience audience, int place) {
      this.audience = audience;
      this.place = place;
    }
  }

  Seat add(Client client) {
    Seat seat = new Seat(this, seats.size());
    seats.add(seat);
    clients.add(client);
    return seat;
  }

  void remove(Seat seat) {
    Seat lastSeat = seats.removeLast();
    Client lastClient = clients.removeLast();
    if (lastSeat != seat) {
      seats.set(seat.place, lastSeat);
      clients.set(seat.place, lastClient);
      lastSeat.place = seat.place;
    }
  }

  Client get(int place) {
    return clients.get(place);
  }

  int size() {
    return clients.size();
  }
}
