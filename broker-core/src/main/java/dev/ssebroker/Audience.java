package dev.ssebroker;

import java.util.ArrayList;
import java.util.List;

/** The clients of one filter, or of a broker. Guarded by the broker's lock. */
final class Audience {
  /*
   * The last client takes the place of one that leaves, at the same cost in an audience of any size. A loop
   * during which clients may leave runs from the last place to the first: a client that moves to a freed
   * place was visited before. Clients are apart from their seats, so that a publish walks over clients only.
   */
  private final List<Client> clients = new ArrayList<>();
  private final List<Seat> seats = new ArrayList<>();

  /** One client's place in the audience. */
  final class Seat {
    private int place = seats.size();

    private Seat() {}

    /** Returns whether the audience is empty now. */
    boolean leave() {
      Seat lastSeat = seats.removeLast();
      Client lastClient = clients.removeLast();
      if (lastSeat != this) {
        seats.set(place, lastSeat);
        clients.set(place, lastClient);
        lastSeat.place = place;
      }
      return seats.isEmpty();
    }
  }

  Seat add(Client client) {
    Seat seat = new Seat();
    seats.add(seat);
    clients.add(client);
    return seat;
  }

  Client get(int place) {
    return clients.get(place);
  }

  int size() {
    return clients.size();
  }
}
