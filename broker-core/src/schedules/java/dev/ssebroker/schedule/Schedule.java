package dev.ssebroker.schedule;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One run of a scenario: its threads run one at a time, and where one of them locks, unlocks,
 * waits, starts another or looks at a volatile field, chance says who goes on. All chance comes
 * from the seed.
 */
public final class Schedule {
  /*
   * Whoever runs holds the turn. At each step it looks for the threads that could go on, chooses one
   * and hands the turn over; so everything here is written by one thread at a time, and the semaphores
   * of the hand-over make it visible to the next.
   *
   * Half of the seeds choose by a random walk: any thread, at each step. The other half choose as PCT
   * does (Burckhardt et al., A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs,
   * 2010): each thread has a random priority, the highest that can go on does, and at a few random
   * steps the one that runs becomes the lowest. The walk finds what needs many switches, PCT what needs
   * one thread to be held up for long.
   *
   * Time stands still while anybody can go on. If nobody can, but somebody waits with a time limit, it
   * jumps to the first limit. If there is none, that is a deadlock. A scenario whose time limits
   * are far away and that ends at time zero has lost no wake-up. An impatient scenario has its limits
   * pass at any step.
   *
   * What it does not see: plain fields, between two steps; the memory model. Threads are taken to be
   * sequentially consistent.
   */
  static final long FOREVER = Long.MAX_VALUE;

  private static final int MAX_STEPS = 20_000;
  private static final int TYPICAL_STEPS = 150;
  private static final int DEMOTIONS = 3;
  private static final int TOLD_STEPS = 200;
  private static final String SEED_PROPERTY = "schedules.seed";

  /** The number of schedules per scenario is multiplied by this. */
  private static final int FACTOR = Integer.getInteger("schedules.factor", 1);

  /** Ends a thread whose schedule is over; what went wrong is told already. */
  private static final class Abandoned extends Error {
    private static final long serialVersionUID = 1;

    Abandoned() {
      super("the schedule is over", null, false, false);
    }
  }

  /** One of the scenario's threads. */
  private final class Task extends Thread {
    final Runnable body;
    final Semaphore turn = new Semaphore(0);
    double priority;

    /** Whether the thread could go on if it had the turn. */
    BooleanSupplier ready = () -> true;

    /** Whether it could go on, once its time is over. */
    BooleanSupplier readyLate = () -> false;

    long deadline = FOREVER;
    boolean over;

    Task(Runnable body) {
      this.body = body;
      setDaemon(true);
    }

    Schedule schedule() {
      return Schedule.this;
    }

    @Override
    public void start() {
      if (isUnscheduled(this)) {
        over = true;
        super.start();
        return;
      }
      priority = random.nextDouble();
      tasks.add(this);
      super.start();
      if (Thread.currentThread() instanceof Task) {
        step("start " + getName());
      }
    }

    @Override
    public void run() {
      if (over) {
        return;
      }
      turn.acquireUninterruptibly();
      try {
        if (!abandoned) {
          body.run();
        }
      } catch (Abandoned e) {
        // Told already.
      } catch (Throwable e) {
        fail(e);
      } finally {
        leave();
      }
    }

    private void leave() {
      over = true;
      Task next = abandoned ? anyLeft() : choose(this);
      if (next == null) {
        finished.release();
      } else {
        next.turn.release();
      }
    }
  }

  private final Random random;
  private final boolean randomWalk;
  private final Set<Integer> demotions = new HashSet<>();
  private final Set<String> unscheduled = new HashSet<>();
  private final List<Task> tasks = new ArrayList<>();
  private final Semaphore finished = new Semaphore(0);
  private final @Nullable List<String> told;
  private int steps;
  private long now;
  private boolean impatient;
  private boolean abandoned;
  private @Nullable Throwable failure;

  private Schedule(long seed, @Nullable List<String> told) {
    this.random = new Random(seed * 0x9E3779B97F4A7C15L);
    this.randomWalk = random.nextBoolean();
    this.told = told;
    for (int i = 0; i < DEMOTIONS; i++) {
      demotions.add(random.nextInt(TYPICAL_STEPS));
    }
  }

  /**
   * Runs the scenario under so many schedules, or under the one whose seed is given by the system
   * property {@code schedules.seed}.
   */
  public static void explore(String name, int count, Consumer<Schedule> scenario) {
    Long only = Long.getLong(SEED_PROPERTY);
    long first = only == null ? 1 : only;
    long last = only == null ? (long) count * FACTOR : only;
    long begin = System.nanoTime();
    long steps = 0;
    for (long seed = first; seed <= last; seed++) {
      Schedule schedule = new Schedule(seed, null);
      if (schedule.run(scenario) != null) {
        throw failed(name, seed, scenario);
      }
      steps += schedule.steps;
    }
    System.out.printf(
        "%s: %,d schedules, %,d steps, %d ms%n",
        name, last - first + 1, steps, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
  }

  /** Runs the schedule again, to have it told. */
  private static AssertionError failed(String name, long seed, Consumer<Schedule> scenario) {
    List<String> told = new ArrayList<>();
    Throwable failure = new Schedule(seed, told).run(scenario);
    int from = Math.max(0, told.size() - TOLD_STEPS);
    String message =
        "%s fails: %s%nagain with -Dschedules.seed=%d%nthe schedule, from step %d:%n  %s"
            .formatted(
                name, failure, seed, from, String.join("\n  ", told.subList(from, told.size())));
    return new AssertionError(message, failure);
  }

  private @Nullable Throwable run(Consumer<Schedule> scenario) {
    Task main = new Task(() -> scenario.accept(this));
    main.setName("scenario");
    main.start();
    main.turn.release();
    try {
      if (!finished.tryAcquire(60, TimeUnit.SECONDS)) {
        return new AssertionError("a thread waits for something that is not scheduled: " + tasks);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return e;
    }
    return failure;
  }

  /** Has the thread of this name, when it is started, do nothing and end. */
  public void doNotRun(String threadName) {
    unscheduled.add(threadName);
  }

  /** Lets time limits pass at any moment from now on. */
  public void beImpatient() {
    impatient = true;
  }

  /** Returns a thread of this schedule. */
  public Thread thread(Runnable body) {
    return new Task(body);
  }

  /** Starts a thread of this schedule. */
  public void start(String name, Runnable body) {
    Thread thread = thread(body);
    thread.setName(name);
    thread.start();
  }

  /** Waits until the caller is the only thread left. */
  public void awaitOthers() {
    Thread self = Thread.currentThread();
    await("join", () -> tasks.stream().allMatch(task -> task.over || task == self));
  }

  /** How much time has passed. */
  public long passedNanos() {
    return now;
  }

  /** Lets others run. */
  public static void step(String what) {
    await(what, () -> true);
  }

  /** Waits until the condition holds; it is evaluated by any thread. */
  public static void await(String what, BooleanSupplier ready) {
    awaitNanos(what, FOREVER, ready, () -> false);
  }

  static long awaitNanos(
      String what, long nanos, BooleanSupplier ready, BooleanSupplier readyLate) {
    Task task = (Task) Thread.currentThread();
    return task.schedule().pause(task, what, nanos, ready, readyLate);
  }

  static long nanoTime() {
    return ((Task) Thread.currentThread()).schedule().now;
  }

  /** Whether the threads are only to end; what they hold no longer matters. */
  static boolean isAbandoned() {
    return ((Task) Thread.currentThread()).schedule().abandoned;
  }

  /** Hands the turn over and waits to have it back; returns how much of the time is left. */
  private long pause(
      Task self, String what, long nanos, BooleanSupplier ready, BooleanSupplier readyLate) {
    if (abandoned) {
      throw new Abandoned();
    }
    if (told != null) {
      told.add(self.getName() + ": " + what + " " + caller());
    }
    if (++steps > MAX_STEPS) {
      throw fail(new AssertionError("no end after " + MAX_STEPS + " steps"));
    }
    if (demotions.contains(steps)) {
      self.priority = -steps;
    }
    self.ready = ready;
    self.readyLate = readyLate;
    self.deadline = nanos == FOREVER ? FOREVER : Math.addExact(now, nanos);
    Task next = choose(self);
    if (next == null) {
      throw new Abandoned();
    }
    if (next != self) {
      next.turn.release();
      self.turn.acquireUninterruptibly();
    }
    if (abandoned) {
      throw new Abandoned();
    }
    if (self.deadline == FOREVER) {
      return FOREVER;
    }
    return ready.getAsBoolean() ? Math.max(1, self.deadline - now) : self.deadline - now;
  }

  /** Returns null if nobody is left, or nobody can ever go on: the schedule has then failed. */
  private @Nullable Task choose(Task self) {
    List<Task> candidates = new ArrayList<>(tasks.size());
    for (Task task : tasks) {
      if (!task.over && (task.ready.getAsBoolean() || isLate(task))) {
        candidates.add(task);
      }
    }
    if (candidates.isEmpty()) {
      return chooseLate(self);
    }
    Task chosen = candidates.getFirst();
    if (randomWalk) {
      chosen = candidates.get(random.nextInt(candidates.size()));
    } else {
      for (Task candidate : candidates) {
        chosen = candidate.priority > chosen.priority ? candidate : chosen;
      }
    }
    if (!chosen.ready.getAsBoolean()) {
      now = Math.max(now, chosen.deadline);
    }
    return chosen;
  }

  private boolean isLate(Task task) {
    return task.readyLate.getAsBoolean()
        && (now >= task.deadline || (impatient && task.deadline != FOREVER));
  }

  private @Nullable Task chooseLate(Task self) {
    Task first = null;
    for (Task task : tasks) {
      if (!task.over
          && task.readyLate.getAsBoolean()
          && (first == null || task.deadline < first.deadline)
          && task.deadline != FOREVER) {
        first = task;
      }
    }
    if (first != null) {
      now = Math.max(now, first.deadline);
      return first;
    }
    if (anyLeft() != null) {
      List<String> stuck =
          tasks.stream().filter(task -> !task.over).map(task -> task.getName()).toList();
      fail(new AssertionError("nobody can go on; waiting: " + stuck));
      return self.over ? anyLeft() : null;
    }
    return null;
  }

  private @Nullable Task anyLeft() {
    return tasks.stream().filter(task -> !task.over).findFirst().orElse(null);
  }

  /** Has all threads end. */
  private Abandoned fail(Throwable cause) {
    if (failure == null) {
      failure = cause;
    }
    abandoned = true;
    return new Abandoned();
  }

  private boolean isUnscheduled(Thread thread) {
    return unscheduled.contains(thread.getName());
  }

  private static String caller() {
    return StackWalker.getInstance()
        .walk(frames ->
            frames
                .filter(frame -> !frame.getClassName().contains(".schedule."))
                .filter(frame -> frame.getClassName().startsWith("dev.ssebroker."))
                .findFirst()
                .map(frame -> "at " + frame.toStackTraceElement())
                .orElse(""));
  }
}
