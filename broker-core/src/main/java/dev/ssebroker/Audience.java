package dev.ssebroker;

import java.util.ArrayList;
import java.util.List;

/**
 * The clients of one topic. Guarded by the broker's lock.
 *
 * <p>A client that leaves gives its place to the last one, so leaving costs the same in an audience
 * of any size. A loop that may remove clients runs from the last place to the first: whoever moves
 * into a freed place has been visited.
 */
final class Audience {
  private final List<Client> clients = new ArrayList<>();

  void add(Client client) {
    client.place = clients.size();
    clients.add(client);
  }

  void remove(Client client) {
    Client last = clients.removeLast();
    if (last != client) {
      clients.set(client.place, last);
      last.place = client.place;
    }
  }

  Client get(int place) {
    return clients.get(place);
  }

  int size() {
    return clients.size();
  }
}
