/** Compares the chosen building blocks with rejected alternatives. */
@NullMarked
package dev.ssebroker.bench.alternatives;

import org.jspecify.annotations.NullMarked;
