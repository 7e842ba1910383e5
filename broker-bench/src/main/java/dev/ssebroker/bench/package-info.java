/**
 * Measures what the broker delivers and how soon.
 *
 * <p>Whatever is counted is counted where it arrives, and a run in which anything is lost fails: a
 * broker that drops is fast.
 */
@NullMarked
package dev.ssebroker.bench;

import org.jspecify.annotations.NullMarked;
