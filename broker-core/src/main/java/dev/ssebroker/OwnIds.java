package dev.ssebroker;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The rule for ids that publishers choose: each is unique, so that clients resume correctly. */
final class OwnIds {
  private final String epoch;
  private final Set<String> kept;
  private final Set<String> checked = new HashSet<>();
  private int next;

  /** Begins the check of events that are published together, from the one with this index on. */
  OwnIds(String epoch, Set<String> kept, int first) {
    this.epoch = epoch;
    this.kept = kept;
    this.next = first;
  }

  /** Checks the next event's id. Throws a RefusedIdException if it is in use. */
  void check(@Nullable String id) {
    int index = next++;
    if (id == null) {
      return;
    }
    if (kept.contains(id)) {
      throw new RefusedIdException("id '" + id + "' was published before", index, true);
    }
    boolean looksOwn = id.startsWith(epoch + "-");
    if (looksOwn || !checked.add(id)) {
      String why = looksOwn ? "looks like one of the broker's own" : "is used twice";
      throw new RefusedIdException("id '" + id + "' " + why, index, false);
    }
  }
}
