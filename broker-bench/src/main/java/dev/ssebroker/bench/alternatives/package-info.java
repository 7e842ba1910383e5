/** Compares the building blocks that were chosen with those that were not. */
@NullMarked
package dev.ssebroker.bench.alternatives;

import org.jspecify.annotations.NullMarked;
