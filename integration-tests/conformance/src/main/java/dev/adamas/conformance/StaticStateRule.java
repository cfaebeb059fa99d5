package dev.adamas.conformance;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Static fields are final and what they hold cannot change. Types tell most of it; a class with a
 * field declared as a collection is initialised to look at the value.
 */
final class StaticStateRule {

  /** Types whose values change, hold memory or keep a class loader alive. */
  private static final List<Class<?>> MUTABLE =
      List.of(
          java.util.concurrent.ConcurrentMap.class,
          java.util.AbstractCollection.class,
          java.util.AbstractMap.class,
          java.util.concurrent.atomic.AtomicBoolean.class,
          java.util.concurrent.atomic.AtomicInteger.class,
          java.util.concurrent.atomic.AtomicLong.class,
          java.util.concurrent.atomic.AtomicReference.class,
          java.util.concurrent.atomic.AtomicIntegerArray.class,
          java.util.concurrent.atomic.AtomicLongArray.class,
          java.util.concurrent.atomic.LongAdder.class,
          java.util.concurrent.Executor.class,
          Thread.class,
          Arena.class,
          MemorySegment.class,
          StringBuilder.class);

  private StaticStateRule() {}

  static List<String> violations(PluginJar jar) {
    List<String> violations = new ArrayList<>();
    for (JavaClass owner : jar.classes()) {
      for (JavaField field : owner.getFields()) {
        if (field.getModifiers().contains(JavaModifier.STATIC)
            && !field.getModifiers().contains(JavaModifier.SYNTHETIC)) {
          check(jar, field, violations);
        }
      }
    }
    return violations;
  }

  private static void check(PluginJar jar, JavaField field, List<String> violations) {
    JavaClass type = field.getRawType();
    if (!field.getModifiers().contains(JavaModifier.FINAL)) {
      violations.add("Field <" + field.getFullName() + "> is static and not final");
    } else if (MUTABLE.stream().anyMatch(type::isAssignableTo)) {
      violations.add(
          "Field <%s> is static and a %s".formatted(field.getFullName(), type.getSimpleName()));
    } else if (type.isAssignableTo(ThreadLocal.class) && !holdsJdkTypes(field)) {
      violations.add(
          "Field <%s> gives threads of the host objects of the plugin"
              .formatted(field.getFullName()));
    } else if (type.isArray() && !field.getModifiers().contains(JavaModifier.PRIVATE)) {
      violations.add("Field <" + field.getFullName() + "> is a static array and not private");
    } else if (type.isAssignableTo(Collection.class) || type.isAssignableTo(Map.class)) {
      String held = valueType(jar, field);
      if (!held.startsWith("java.util.ImmutableCollections")
          && !held.startsWith("java.util.Collections$")) {
        violations.add("Field <%s> holds a %s".formatted(field.getFullName(), held));
      }
    }
  }

  /** A thread that keeps only arrays and other JDK objects does not keep the plugin. */
  private static boolean holdsJdkTypes(JavaField field) {
    return field.getType().getAllInvolvedRawTypes().stream()
        .map(JavaClass::getBaseComponentType)
        .allMatch(type -> type.isPrimitive() || type.getPackageName().startsWith("java."));
  }

  private static String valueType(PluginJar jar, JavaField field) {
    try {
      Field reflected = jar.load(field.getOwner().getName()).getDeclaredField(field.getName());
      reflected.setAccessible(true);
      Object value = reflected.get(null);
      return value == null ? "null" : value.getClass().getName();
    } catch (ReflectiveOperationException | LinkageError e) {
      return "value that cannot be looked at (" + e + ")";
    }
  }
}
