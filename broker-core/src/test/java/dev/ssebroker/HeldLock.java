package dev.ssebroker;

import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/** A broker's lock that a test's own thread holds, for a test of what the lock guards. */
final class HeldLock implements InvocationInterceptor {
  final BrokerLock lock = new BrokerLock();

  @Override
  public void interceptTestMethod(
      Invocation<@Nullable Void> test,
      ReflectiveInvocationContext<Method> invocation,
      ExtensionContext context)
      throws Throwable {
    lock.lock();
    try {
      test.proceed();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void interceptTestTemplateMethod(
      Invocation<@Nullable Void> test,
      ReflectiveInvocationContext<Method> invocation,
      ExtensionContext context)
      throws Throwable {
    interceptTestMethod(test, invocation, context);
  }
}
