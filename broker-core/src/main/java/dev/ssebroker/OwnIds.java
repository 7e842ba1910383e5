package dev.ssebroker;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The rule for ids that publishers choose: each means one event. One that could mean two would make
 * clients resume at the wrong one.
 */
final class OwnIds {
  private final String epoch;
  private final Predicate<String> isKept;
  private final Set<String> checked = new HashSet<>();

  /** The rule for what is published next to each other, in an epoch that has some ids already. */
  OwnIds(String epoch, Predicate<String> isKept) {
    this.epoch = epoch;
    this.isKept = isKept;
  }

  /** Throws an IllegalArgumentException if the id is there, and is not to be taken. */
  void check(@Nullable String id) {
    if (id == null) {
      return;
    }
    if (id.startsWith(epoch + "-")) {
      throw new IllegalArgumentException(
          "id '%s' looks like one of the broker's own".formatted(id));
    }
    if (isKept.test(id)) {
      throw new IllegalArgumentException("id '%s' was published before".formatted(id));
    }
    if (!checked.add(id)) {
      throw new IllegalArgumentException("id '%s' is used twice".formatted(id));
    }
  }
}
