package dev.ssebroker;

import java.util.concurrent.ThreadFactory;

/**
 * The factories of a broker's threads.
 *
 * @param virtual for threads that live with a client or shorter
 * @param platform for the few that always run and wait for rare events: virtual threads would pay
 *     more for each wait, and would stop while users' code holds all carriers
 */
record BrokerThreads(ThreadFactory virtual, ThreadFactory platform) {
  /** Returns the JDK's factories, without inheritance of thread-local variables. */
  static BrokerThreads ofJdk() {
    return new BrokerThreads(
        Thread.ofVirtual().inheritInheritableThreadLocals(false).factory(),
        Thread.ofPlatform().daemon().inheritInheritableThreadLocals(false).factory());
  }

  Thread startVirtual(String name, Runnable task) {
    return start(name, virtual.newThread(task));
  }

  Thread startPlatform(String name, Runnable task) {
    return start(name, platform.newThread(task));
  }

  private static Thread start(String name, Thread thread) {
    thread.setName(name);
    thread.start();
    return thread;
  }
}
