package dev.ssebroker.schedule;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One run of a scenario: its threads run one at a time, and where one of them locks, unlocks,
 * parks, starts another or accesses a volatile field, chance decides which goes on. All chance
 * comes from the seed.
 */
public final class Schedule {
  /*
   * The turn. One thread holds it and runs. At each step that thread looks for those that could go on,
   * chooses one and hands the turn over; so everything here is written by one thread at a time, and the
   * semaphores of the hand-over make it visible to the next.
   *
   * The choice. Half of the seeds choose by a random walk: any thread, at each step or at one in two,
   * four or eight of them. The other half choose as PCT does (Burckhardt et al., A Randomized Scheduler with Probabilistic Guarantees of
   * Finding Bugs, 2010): each thread has a random priority, the highest that can go on does, and at a
   * few random steps the one that runs becomes the lowest. The walk finds what needs many switches, PCT
   * what needs one thread to be held up for long. Some seeds spread these steps over a few dozen, some
   * over a thousand, since a schedule's length is not known when it begins.
   *
   * Time. It stands still while any thread can go on. If none can, but one waits with a time limit, it
   * jumps to the first limit. If there is none, that is a deadlock. A scenario whose time limits are far
   * away and that ends at time zero has lost no wake-up. An impatient scenario has its limits pass at
   * any step.
   *
   * Blind spots. Others do not run between two steps, so a race on a plain field may be missed. Threads
   * are sequentially consistent: what the memory model allows beyond that is not explored.
   */
  static final long FOREVER = Long.MAX_VALUE;

  private static final int MAX_STEPS = 20_000;
  private static final int DEMOTIONS = 3;
  private static final int SHORTEST = 64;
  private static final int DOUBLINGS = 5;

  private static final int STRIDES = 4;

  /** One in so many parks returns for no reason. */
  private static final int SPURIOUS = 8;

  private static final int TOLD_STEPS = 200;
  private static final String SEED_PROPERTY = "schedules.seed";

  /** The number of schedules per scenario is multiplied by this. */
  private static final int FACTOR = Integer.getInteger("schedules.factor", 1);

  private static final ThreadLocal<Task> CURRENT = new ThreadLocal<>();

  /** Ends a thread whose schedule is over; what went wrong is told already. */
  private static final class Abandoned extends Error {
    private static final long serialVersionUID = 1;

    Abandoned() {
      super("the schedule is over", null, false, false);
    }
  }

  /**
   * One of the scenario's threads, as the code under test sees it. What it runs is on a virtual
   * thread, which costs less to stop and to continue.
   */
  private final class Task extends Thread {
    final Runnable body;
    final Thread runner = Thread.ofVirtual().unstarted(this::runInTurn);
    final Semaphore turn = new Semaphore(0);
    double priority;

    /** Whether the thread could go on if it had the turn. */
    BooleanSupplier ready = () -> true;

    /** Whether it could go on, once its time is over. */
    BooleanSupplier readyLate = () -> false;

    long deadline = FOREVER;
    boolean over;

    /** Whether the thread was unparked and has not parked since. */
    boolean permit;

    /** The JDK's own flag is not always set while a thread waits for its turn. */
    boolean interrupted;

    Task(Runnable body) {
      this.body = body;
    }

    Schedule schedule() {
      return Schedule.this;
    }

    @Override
    public void start() {
      if (isUnscheduled(this)) {
        over = true;
        return;
      }
      priority = random.nextDouble();
      tasks.add(this);
      runner.start();
      if (CURRENT.get() != null) {
        step("start " + getName());
      }
    }

    /** A method reference is not replaced, as a call is. */
    @Override
    public void interrupt() {
      throw new UnsupportedOperationException("use Schedule.interrupt");
    }

    private void runInTurn() {
      CURRENT.set(this);
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

  /** One in so many steps of a random walk may hand the turn over. */
  private final int stride;

  private final Set<Integer> demotions = new HashSet<>();
  private final Set<String> unscheduled = new HashSet<>();
  private final List<Task> tasks = new ArrayList<>();
  private final Semaphore finished = new Semaphore(0);
  private final @Nullable List<String> told;

  /** Written by the thread that has the turn; volatile for the one that waits for the end. */
  private volatile int steps;

  private long now;
  private boolean impatient;
  private boolean abandoned;
  private @Nullable Throwable failure;

  private Schedule(long seed, @Nullable List<String> told) {
    this.random = new Random(seed * 0x9E3779B97F4A7C15L);
    this.randomWalk = random.nextBoolean();
    this.stride = 1 << random.nextInt(STRIDES);
    this.told = told;
    int length = SHORTEST << random.nextInt(DOUBLINGS);
    for (int i = 0; i < DEMOTIONS; i++) {
      demotions.add(random.nextInt(length));
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
      int before = -1;
      while (!finished.tryAcquire(30, TimeUnit.SECONDS)) {
        if (steps == before) {
          return new AssertionError("a thread waits for something that is not scheduled: " + tasks);
        }
        before = steps;
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
  public Thread start(String name, Runnable body) {
    Thread thread = thread(body);
    thread.setName(name);
    thread.start();
    return thread;
  }

  /** Waits until the caller is the only thread left. */
  public void awaitOthers() {
    Task self = current();
    await("others", () -> tasks.stream().allMatch(task -> task.over || task == self));
  }

  /** Waits until no other thread can go on by itself. */
  public void awaitQuiet() {
    Task self = current();
    await(
        "quiet",
        () ->
            tasks.stream()
                .allMatch(task -> task.over || task == self || !task.ready.getAsBoolean()));
  }

  /** How much time has passed. */
  public long passedNanos() {
    return now;
  }

  /** Returns true once in so many times. */
  public boolean chance(int times) {
    return random.nextInt(times) == 0;
  }

  static void park() {
    Task self = current();
    boolean spurious = self.schedule().chance(SPURIOUS);
    await("park", () -> spurious || self.permit || self.interrupted);
    self.permit = false;
  }

  static void unpark(Thread thread) {
    step("unpark");
    task(thread).permit = true;
    step("unparked");
  }

  /** Stands in for {@link Thread#interrupt}. */
  public static void interrupt(Thread thread) {
    step("interrupt");
    task(thread).interrupted = true;
    step("interrupted");
  }

  /** Stands in for {@link Thread#interrupted}. */
  public static boolean interrupted() {
    Task self = current();
    boolean before = self.interrupted;
    self.interrupted = false;
    return before;
  }

  /** Returns whether the calling thread would not wait if it could be interrupted. */
  static BooleanSupplier interruption() {
    Task self = current();
    return () -> self.interrupted;
  }

  /** Returns the task of a thread as its creator or the thread itself sees it. */
  private static Task task(Thread thread) {
    return current().schedule().tasks.stream()
        .filter(task -> task == thread || task.runner == thread)
        .findFirst()
        .orElseThrow();
  }

  /** Waits until the thread has ended, or the time is over; returns whether it has ended. */
  public static boolean join(Thread thread, Duration atMost) {
    Task task = (Task) thread;
    awaitNanos("join " + task.getName(), atMost.toNanos(), () -> task.over, () -> true);
    return task.over;
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
    Task task = current();
    return task.schedule().pause(task, what, nanos, ready, readyLate);
  }

  private static Task current() {
    return Objects.requireNonNull(CURRENT.get());
  }

  static long nanoTime() {
    return current().schedule().now;
  }

  /** Whether the threads are only to end; what they hold no longer matters. */
  static boolean isAbandoned() {
    return current().schedule().abandoned;
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
    int step = steps + 1;
    steps = step;
    if (step > MAX_STEPS) {
      throw fail(new AssertionError("no end after " + MAX_STEPS + " steps"));
    }
    if (demotions.contains(step)) {
      self.priority = -step;
    }
    self.ready = ready;
    self.readyLate = readyLate;
    self.deadline = nanos == FOREVER ? FOREVER : Math.addExact(now, nanos);
    boolean stays = randomWalk && !chance(stride) && ready.getAsBoolean();
    Task next = stays ? self : choose(self);
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
