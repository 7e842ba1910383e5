package dev.ssebroker.api;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Compares the public API of a module with the file {@code api.txt} next to its POM. Each published
 * module compiles and runs this class as one of its own tests.
 */
class ApiTest {
  private static final Path FILE = Path.of("api.txt");

  @Test
  void publicApiMatchesTheFile() throws Exception {
    List<String> now = api(ModuleFinder.of(Path.of("target", "classes")));
    if (Boolean.getBoolean("api.update")) {
      Files.write(FILE, now);
    }
    List<String> before = Files.exists(FILE) ? Files.readAllLines(FILE) : List.of();

    String removed = without(before, now, "- ");
    String added = without(now, before, "+ ");

    if (!removed.isEmpty() || !added.isEmpty()) {
      fail(
          """
          The public API differs from %s:
          %s%s
          If this is intended, describe the change in CHANGELOG.md and update the file: mvn test -Dapi.update=true -Dtest=ApiTest -Dsurefire.failIfNoSpecifiedTests=false
          """
              .formatted(FILE.toAbsolutePath(), removed, added));
    }
    assertEquals(now, before, "the order of the lines differs");
  }

  private static String without(List<String> lines, List<String> others, String prefix) {
    return lines.stream()
        .filter(Predicate.not(others::contains))
        .map(line -> prefix + line + "\n")
        .collect(joining());
  }

  private static List<String> api(ModuleFinder classes) throws Exception {
    ModuleReference module = classes.findAll().iterator().next();
    List<String> lines = new ArrayList<>();
    for (String exported : new TreeSet<>(module.descriptor().packages())) {
      if (module.descriptor().exports().stream().anyMatch(e -> e.source().equals(exported))) {
        for (Class<?> type : visibleTypes(module, exported)) {
          lines.addAll(describe(type));
        }
      }
    }
    assertFalse(lines.isEmpty(), "the module has no public API");
    return lines;
  }

  private static List<Class<?>> visibleTypes(ModuleReference module, String exported)
      throws IOException, ClassNotFoundException {
    List<Class<?>> types = new ArrayList<>();
    try (ModuleReader reader = module.open();
        Stream<String> names = reader.list()) {
      for (String name : names.filter(n -> n.endsWith(".class")).sorted().toList()) {
        String type = name.substring(0, name.length() - ".class".length()).replace('/', '.');
        if (type.startsWith(exported + ".") && type.indexOf('.', exported.length() + 1) < 0) {
          Class<?> loaded = Class.forName(type, false, ApiTest.class.getClassLoader());
          if (isVisible(loaded)) {
            types.add(loaded);
          }
        }
      }
    }
    types.sort(Comparator.comparing(Class::getName));
    return types;
  }

  private static boolean isVisible(Class<?> type) {
    Class<?> outer = type.getEnclosingClass();
    return isVisible(type.getModifiers()) && (outer == null || isVisible(outer));
  }

  private static boolean isVisible(int modifiers) {
    return (modifiers & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0;
  }

  /**
   * Returns a line for the type and one for each member. Every line starts with the name of the
   * type.
   */
  private static List<String> describe(Class<?> type) throws IllegalAccessException {
    TreeSet<String> members = new TreeSet<>();
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      if (isPublished(constructor)) {
        members.add(constructor.toGenericString());
      }
    }
    for (Field field : type.getDeclaredFields()) {
      if (isPublished(field)) {
        members.add(
            (field.isEnumConstant() ? "enum constant " : "")
                + field.toGenericString()
                + value(field));
      }
    }
    for (Method method : type.getDeclaredMethods()) {
      if (isPublished(method) && !method.isBridge()) {
        members.add(method.toGenericString());
      }
    }
    return Stream.concat(Stream.of(heading(type)), members.stream())
        .map(line -> shortName(type) + ": " + line.replace(type.getTypeName() + ".", ""))
        .map(line -> line.replace("java.lang.", "").replace(type.getPackageName() + ".", ""))
        .toList();
  }

  private static boolean isPublished(Member member) {
    return isVisible(member.getModifiers()) && !member.isSynthetic();
  }

  private static String heading(Class<?> type) {
    String components =
        !type.isRecord()
            ? ""
            : Arrays.stream(type.getRecordComponents())
                .map(c -> c.getGenericType().getTypeName() + " " + c.getName())
                .collect(joining(", ", "(", ")"));
    Type parent = type.getGenericSuperclass();
    return modifiers(type)
        + components
        + (parent == null || parent == Object.class ? "" : " extends " + parent.getTypeName())
        + list(" implements ", type.getGenericInterfaces())
        + (type.isSealed() ? list(" permits ", type.getPermittedSubclasses()) : "");
  }

  /** JDK 21 leaves out {@code sealed} and {@code non-sealed}, which JDK 25 prints. */
  private static String modifiers(Class<?> type) {
    String text = type.toGenericString().replaceFirst("\\b(non-)?sealed ", "");
    return !type.isSealed() ? text : text.replaceFirst("\\b(?=(class|interface) )", "sealed ");
  }

  private static String list(String word, Type[] types) {
    return types.length == 0
        ? ""
        : Arrays.stream(types).map(Type::getTypeName).collect(joining(", ", word, ""));
  }

  /** Returns the value of a constant, which compilers copy into the classes of users. */
  private static String value(Field field) throws IllegalAccessException {
    boolean constant =
        Modifier.isStatic(field.getModifiers())
            && Modifier.isFinal(field.getModifiers())
            && (field.getType().isPrimitive() || field.getType() == String.class);
    return constant ? " = " + field.get(null) : "";
  }

  private static String shortName(Class<?> type) {
    return type.getName().substring(type.getPackageName().length() + 1);
  }
}
