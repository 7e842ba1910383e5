package dev.ssebroker;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  /** Only what is shipped: the place that Broker was loaded from holds no test. */
  private static final JavaClasses CORE =
      new ClassFileImporter()
          .importUrl(Broker.class.getProtectionDomain().getCodeSource().getLocation());

  @Test
  void coreDependsOnTheJdkAndOnAnnotationsOnly() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "dev.ssebroker",
            "java..",
            "jdk.jfr..",
            "com.google.errorprone.annotations..",
            "org.jspecify..")
        .check(CORE);
  }

  @Test
  void coreIsOnePackage() {
    classes().should().resideInAPackage("dev.ssebroker").check(CORE);
  }

  @Test
  void namesSayWhatAThingIs() {
    noClasses().should().haveNameMatching(".*(Util|Utils|Helper|Manager|Impl)").check(CORE);
  }

  @Test
  void onlyTheWriterWritesToSinks() {
    noClasses()
        .that()
        .doNotBelongToAnyOf(Writer.class)
        .should()
        .callMethod(Sink.class, "write", Batch.class)
        .orShould()
        .callMethod(Sink.class, "end")
        .check(CORE);
  }

  @Test
  void publicTypesAreTheOnesAUserMustName() {
    Set<String> publicTypes =
        CORE.stream()
            .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
            .map(type -> type.getName().substring("dev.ssebroker.".length()))
            .collect(Collectors.toCollection(TreeSet::new));

    assertEquals(
        List.of(
            "Batch",
            "Broker",
            "Broker$Builder",
            "BrokerClosedException",
            "BrokerListener",
            "BrokerStats",
            "BrokerStats$Clients",
            "BrokerStats$Events",
            "BrokerStats$History",
            "BrokerStats$Log",
            "BrokerStats$Queues",
            "ClientSettings",
            "CloseReason",
            "Event",
            "EventId",
            "EventLog",
            "EventLog$Entry",
            "EventLogException",
            "GapReason",
            "Lag",
            "MemoryLog",
            "Overflow",
            "Receipt",
            "RefusedIdException",
            "Sink",
            "Subscription",
            "Subscription$Builder"),
        List.copyOf(publicTypes));
  }

  /** Monitors pin virtual threads on the oldest JDK that is supported. */
  @Test
  void noMethodIsSynchronized() {
    noMethods().should().haveModifier(JavaModifier.SYNCHRONIZED).check(CORE);
  }

  /** An interrupt of another thread could cut a frame in half; one's own is only passed on. */
  @Test
  void noThreadInterruptsAnother() {
    Set<JavaMethodCall> calls =
        CORE.stream()
            .map(JavaClass::getMethodCallsFromSelf)
            .flatMap(Set::stream)
            .filter(call -> call.getTargetOwner().isAssignableTo(Thread.class))
            .collect(Collectors.toSet());
    List<JavaMethodCall> interrupts = called("interrupt", calls);

    assertTrue(!interrupts.isEmpty(), "the check finds what it looks for");
    for (JavaMethodCall interrupt : interrupts) {
      assertTrue(
          called("currentThread", calls).stream()
              .anyMatch(call ->
                  call.getOrigin().equals(interrupt.getOrigin())
                      && call.getLineNumber() == interrupt.getLineNumber()),
          interrupt::getDescription);
    }
  }

  private static List<JavaMethodCall> called(String method, Set<JavaMethodCall> calls) {
    return calls.stream().filter(call -> call.getName().equals(method)).toList();
  }
}
