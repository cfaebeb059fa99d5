package dev.adamas.it.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Collections in static fields cannot be changed: their declared types do not tell, the values do.
 */
class StaticStateTest {

  @Test
  void staticCollectionsAreImmutable() throws ReflectiveOperationException {
    List<String> mutable = new ArrayList<>();
    int seen = 0;
    var classes =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.adamas");
    for (JavaClass c : classes) {
      if (c.getFields().stream()
          .noneMatch(
              f ->
                  f.getRawType().isAssignableTo(Collection.class)
                      || f.getRawType().isAssignableTo(Map.class))) {
        continue;
      }
      for (Field field : c.reflect().getDeclaredFields()) {
        if (Modifier.isStatic(field.getModifiers())
            && (Collection.class.isAssignableFrom(field.getType())
                || Map.class.isAssignableFrom(field.getType()))) {
          seen++;
          field.setAccessible(true);
          String type = field.get(null).getClass().getName();
          if (!type.startsWith("java.util.ImmutableCollections")
              && !type.startsWith("java.util.Collections$")) {
            mutable.add(field + " holds a " + type);
          }
        }
      }
    }
    assertThat(mutable).isEmpty();
    assertThat(seen).as("static collections that were looked at").isPositive();
  }
}
