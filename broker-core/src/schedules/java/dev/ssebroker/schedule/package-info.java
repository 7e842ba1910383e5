/**
 * Runs code that waits on locks, or for a permit, under a scheduler of its own, which decides at
 * each step which thread goes on, by chance from a seed. The same seed gives the same schedule.
 *
 * <p>{@link dev.ssebroker.schedule.StandInLoader} gives the code under test stand-ins for the JDK's
 * locks while it loads it; {@link dev.ssebroker.schedule.Schedule} decides who runs.
 */
@NullMarked
package dev.ssebroker.schedule;

import org.jspecify.annotations.NullMarked;
