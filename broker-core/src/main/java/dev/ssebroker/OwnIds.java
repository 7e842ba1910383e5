package dev.ssebroker;

import static dev.ssebroker.Settings.refusal;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The rule for ids that publishers choose: each is unique, so that clients resume correctly. */
final class OwnIds {
  private final String epoch;
  private final Predicate<String> isKept;
  private final Set<String> checked = new HashSet<>();

  /** Begins the check of events that are published together. */
  OwnIds(String epoch, Predicate<String> isKept) {
    this.epoch = epoch;
    this.isKept = isKept;
  }

  /** Throws an IllegalArgumentException if the id is in use. */
  void check(@Nullable String id) {
    if (id == null) {
      return;
    }
    if (id.startsWith(epoch + "-")) {
      throw refusal("id '%s' looks like one of the broker's own", id);
    }
    if (isKept.test(id)) {
      throw refusal("id '%s' was published before", id);
    }
    if (!checked.add(id)) {
      throw refusal("id '%s' is used twice", id);
    }
  }
}
