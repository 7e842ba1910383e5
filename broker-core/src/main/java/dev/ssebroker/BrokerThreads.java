package dev.ssebroker;

import java.util.concurrent.ThreadFactory;

/**
 * The factories of a broker's threads: virtual ones that live with a client or shorter, and a few
 * platform ones that always run and wait for rare events. There, virtual ones would pay more for
 * each wait, and would stop while users' code holds all carriers.
 *
 * @param parkAfter the number of busy writes after which a writer parks instead of ending
 */
record BrokerThreads(ThreadFactory virtual, ThreadFactory platform, long parkAfter) {
  static BrokerThreads ofJdk() {
    return new BrokerThreads(
        Thread.ofVirtual().inheritInheritableThreadLocals(false).factory(),
        Thread.ofPlatform().daemon().inheritInheritableThreadLocals(false).factory(),
        64);
  }

  Thread startVirtual(String name, Runnable task) {
    return start(name, virtual.newThread(task));
  }

  Thread startPlatform(String name, Runnable task) {
    return start(name, platform.newThread(task));
  }

  /** Starts a thread that runs although virtual threads wait in monitors (JEP 491). */
  Thread startUnpinned(String name, Runnable task) {
    return Runtime.version().feature() < 24 ? startPlatform(name, task) : startVirtual(name, task);
  }

  private static Thread start(String name, Thread thread) {
    thread.setName(name);
    thread.start();
    return thread;
  }
}
