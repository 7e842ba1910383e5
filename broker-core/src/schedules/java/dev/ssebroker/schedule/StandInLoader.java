package dev.ssebroker.schedule;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The system class loader of the schedules: loads the classes of the package under test, and its
 * tests, with stand-ins in the place of the JDK's classes that make a thread wait.
 */
public final class StandInLoader extends ClassLoader {
  /*
   * A class file names other classes only in its constant pool, as text: alone, or within a
   * descriptor as L…;. So it is enough to copy the file and to replace these texts; what follows the
   * pool refers to it by number. A stand-in that lacks a method the code calls fails with a
   * NoSuchMethodError that names it.
   */
  private static final String UNDER_TEST = "dev.ssebroker.";

  private static final Map<String, String> STAND_INS =
      Map.of(
          "java/util/concurrent/locks/ReentrantLock", standIn("LockStandIn"),
          "java/util/concurrent/CountDownLatch", standIn("LatchStandIn"),
          "java/util/concurrent/atomic/AtomicInteger", standIn("AtomicIntegerStandIn"),
          "java/lang/System", standIn("SystemStandIn"));

  static {
    registerAsParallelCapable();
  }

  /** Called by the JDK when it starts. */
  public StandInLoader(ClassLoader parent) {
    super(parent);
  }

  private static String standIn(String name) {
    return "dev/ssebroker/schedule/" + name;
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith(UNDER_TEST) || name.indexOf('.', UNDER_TEST.length()) >= 0) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? define(name) : loaded;
    }
  }

  private Class<?> define(String name) throws ClassNotFoundException {
    String file = name.replace('.', '/') + ".class";
    try (@Nullable InputStream in = getResourceAsStream(file)) {
      if (in == null) {
        throw new ClassNotFoundException(name);
      }
      byte[] bytes = replace(in.readAllBytes());
      return defineClass(name, bytes, 0, bytes.length);
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }

  /** The layout is that of the Java Virtual Machine Specification, 4.1 and 4.4. */
  private static byte[] replace(byte[] classFile) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(classFile));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(classFile.length + 256);
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeLong(in.readLong());
    int count = in.readUnsignedShort();
    out.writeShort(count);
    for (int i = 1; i < count; i++) {
      int tag = in.readUnsignedByte();
      out.writeByte(tag);
      switch (tag) {
        case 1 -> out.writeUTF(replace(in.readUTF()));
        case 3, 4, 9, 10, 11, 12, 17, 18 -> out.write(in.readNBytes(4));
        case 5, 6 -> {
          out.write(in.readNBytes(8));
          i++; // It takes the place of two.
        }
        case 7, 8, 16, 19, 20 -> out.write(in.readNBytes(2));
        case 15 -> out.write(in.readNBytes(3));
        default -> throw new IOException("constant with the unknown tag " + tag);
      }
    }
    in.transferTo(out);
    return bytes.toByteArray();
  }

  private static String replace(String text) {
    String whole = STAND_INS.get(text);
    if (whole != null) {
      return whole;
    }
    String replaced = text;
    for (Map.Entry<String, String> entry : STAND_INS.entrySet()) {
      replaced = replaced.replace("L" + entry.getKey() + ";", "L" + entry.getValue() + ";");
    }
    return replaced;
  }
}
