package dev.ssebroker.schedule;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.commons.ClassRemapper;
import org.objectweb.asm.commons.SimpleRemapper;

/**
 * The system class loader of the schedules: loads the classes of the package under test, and its
 * tests, with stand-ins for the JDK's classes that make a thread wait, and with steps around each
 * access to a volatile field, an atomic variable or a VarHandle.
 */
public final class StandInLoader extends ClassLoader {
  /*
   * Waiting. A stand-in that lacks a method the code calls fails with a NoSuchMethodError that names it.
   *
   * Steps. There is one before each access, and one after each that may have written. A plain access to
   * a VarHandle or to an atomic array has none, as that to a field has none.
   */
  private static final String UNDER_TEST = "dev.ssebroker.";
  private static final int ASM_API = Opcodes.ASM9;

  private static final Map<String, String> STAND_INS =
      Map.of(
          "java/util/concurrent/locks/ReentrantLock", standIn("LockStandIn"),
          "java/util/concurrent/locks/LockSupport", standIn("LockSupportStandIn"),
          "java/util/concurrent/CountDownLatch", standIn("LatchStandIn"),
          "java/lang/System", standIn("SystemStandIn"));

  private static final String SCHEDULE = standIn("Schedule");
  private static final String THREAD = "java/lang/Thread";

  /** The methods of a thread that the schedule has for it, with their descriptors there. */
  private static final Map<String, String> OF_THREADS =
      Map.of(
          "join(Ljava/time/Duration;)Z", "(Ljava/lang/Thread;Ljava/time/Duration;)Z",
          "interrupt()V", "(Ljava/lang/Thread;)V",
          "interrupted()Z", "()Z");

  private static final String ATOMICS = "java/util/concurrent/atomic/Atomic";
  private static final String VAR_HANDLE = "java/lang/invoke/VarHandle";
  private static final Set<String> READS = Set.of("get", "getAcquire", "getOpaque", "getVolatile");
  private static final Set<String> PLAIN_ACCESSES = Set.of("getPlain", "setPlain", "length");
  private static final Set<String> PLAIN_ACCESSES_OF_HANDLES = Set.of("get", "set");

  static {
    registerAsParallelCapable();
  }

  private final Map<String, Set<String>> volatileFields = new ConcurrentHashMap<>();

  /** Called by the JDK when it starts. */
  public StandInLoader(ClassLoader parent) {
    super(parent);
  }

  private static String standIn(String name) {
    return "dev/ssebroker/schedule/" + name;
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!isUnderTest(name)) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? define(name) : loaded;
    }
  }

  private static boolean isUnderTest(String name) {
    return name.startsWith(UNDER_TEST) && name.indexOf('.', UNDER_TEST.length()) < 0;
  }

  private Class<?> define(String name) throws ClassNotFoundException {
    ClassReader original = read(name);
    if (original == null) {
      throw new ClassNotFoundException(name);
    }
    ClassWriter changed = new ClassWriter(ClassWriter.COMPUTE_MAXS);
    original.accept(
        new ClassRemapper(new Steps(changed), new SimpleRemapper(ASM_API, STAND_INS)), 0);
    byte[] bytes = changed.toByteArray();
    return defineClass(name, bytes, 0, bytes.length);
  }

  private @Nullable ClassReader read(String name) {
    try (@Nullable InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
      return in == null ? null : new ClassReader(in);
    } catch (IOException e) {
      throw new IllegalStateException("The class file of " + name + " cannot be read", e);
    }
  }

  private boolean isVolatile(String owner, String field) {
    String name = owner.replace('/', '.');
    return isUnderTest(name)
        && volatileFields.computeIfAbsent(name, this::volatileFields).contains(field);
  }

  private Set<String> volatileFields(String name) {
    Set<String> names = new HashSet<>();
    ClassReader reader = read(name);
    if (reader != null) {
      reader.accept(new VolatileFields(names), ClassReader.SKIP_CODE);
    }
    return names;
  }

  private static final class VolatileFields extends ClassVisitor {
    private final Set<String> names;

    VolatileFields(Set<String> names) {
      super(ASM_API);
      this.names = names;
    }

    @Override
    public @Nullable FieldVisitor visitField(
        int access,
        String name,
        String descriptor,
        @Nullable String signature,
        @Nullable Object value) {
      if ((access & Opcodes.ACC_VOLATILE) != 0) {
        names.add(name);
      }
      return null;
    }
  }

  /** Puts the steps into a class. Nobody else sees an object that is still being made. */
  private final class Steps extends ClassVisitor {
    Steps(ClassVisitor next) {
      super(ASM_API, next);
    }

    @Override
    public MethodVisitor visitMethod(
        int access,
        String name,
        String descriptor,
        @Nullable String signature,
        String @Nullable [] exceptions) {
      MethodVisitor next = super.visitMethod(access, name, descriptor, signature, exceptions);
      return name.equals("<init>") ? next : new StepsOfMethod(next);
    }
  }

  private final class StepsOfMethod extends MethodVisitor {
    StepsOfMethod(MethodVisitor next) {
      super(ASM_API, next);
    }

    @Override
    public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
      boolean isVolatile = isVolatile(owner, name);
      boolean isRead = opcode == Opcodes.GETFIELD;
      if (isVolatile) {
        step((isRead ? "read " : "write ") + name);
      }
      super.visitFieldInsn(opcode, owner, name, descriptor);
      if (isVolatile && !isRead) {
        step("wrote " + name);
      }
    }

    @Override
    public void visitMethodInsn(
        int opcode, String owner, String name, String descriptor, boolean isInterface) {
      String standIn = owner.equals(THREAD) ? OF_THREADS.get(name + descriptor) : null;
      if (standIn != null) {
        super.visitMethodInsn(Opcodes.INVOKESTATIC, SCHEDULE, name, standIn, false);
        return;
      }
      boolean isAccess = opcode == Opcodes.INVOKEVIRTUAL && isShared(owner, name);
      if (isAccess) {
        step(name);
      }
      super.visitMethodInsn(opcode, owner, name, descriptor, isInterface);
      if (isAccess && !READS.contains(name)) {
        step("after " + name);
      }
    }

    private static boolean isShared(String owner, String name) {
      return owner.equals(VAR_HANDLE)
          ? !PLAIN_ACCESSES_OF_HANDLES.contains(name)
          : owner.startsWith(ATOMICS) && !PLAIN_ACCESSES.contains(name);
    }

    private void step(String what) {
      visitLdcInsn(what);
      visitMethodInsn(Opcodes.INVOKESTATIC, SCHEDULE, "step", "(Ljava/lang/String;)V", false);
    }
  }
}
