package dev.ssebroker;

import java.util.concurrent.ThreadFactory;

/**
 * Where a broker's threads come from.
 *
 * @param virtual for those that live with a client or shorter
 * @param platform for the few that always run and wait for rare events: on a virtual thread each of
 *     their waits costs more, and users' code that holds all carriers would hold them up as well
 */
record BrokerThreads(ThreadFactory virtual, ThreadFactory platform) {

  /** Returns the JDK's. A thread inherits nothing from the one that happens to start it. */
  static BrokerThreads ofJdk() {
    return new BrokerThreads(
        Thread.ofVirtual().inheritInheritableThreadLocals(false).factory(),
        Thread.ofPlatform().daemon().inheritInheritableThreadLocals(false).factory());
  }

  Thread startVirtual(String name, Runnable task) {
    return start(virtual, name, task);
  }

  Thread startPlatform(String name, Runnable task) {
    return start(platform, name, task);
  }

  private static Thread start(ThreadFactory factory, String name, Runnable task) {
    Thread thread = factory.newThread(task);
    thread.setName(name);
    thread.start();
    return thread;
  }
}
