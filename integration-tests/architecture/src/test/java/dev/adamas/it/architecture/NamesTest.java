package dev.adamas.it.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.StringEntry;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** A policy never names a backend and a backend never names a policy, not even in a string. */
class NamesTest {

  private static final Set<String> BACKENDS = Set.of("scalar", "cpu-vector", "cuda");
  private static final Set<String> POLICIES =
      Set.of("full", "streaming-llm", "quest", "oracle", "adamas", "adamas-dot", "adamas-tail");

  @Test
  void policiesNameNoBackends() throws IOException {
    assertThat(named(List.of("adamas-policy", "adamas-baseline-policies"), BACKENDS)).isEmpty();
  }

  @Test
  void backendsNameNoPolicies() throws IOException {
    assertThat(named(List.of("adamas-backend-scalar", "adamas-backend-cpu-vector"), POLICIES))
        .isEmpty();
  }

  @Test
  void everybodyNamesItself() throws IOException {
    assertThat(named(List.of("adamas-policy", "adamas-baseline-policies"), POLICIES))
        .hasSameSizeAs(POLICIES);
  }

  private static Set<String> named(List<String> artifacts, Set<String> names) throws IOException {
    var found = new TreeSet<String>();
    for (Jars.Jar jar : Jars.ours()) {
      if (artifacts.contains(
          jar.header("Bundle-SymbolicName").replaceFirst("^dev\\.adamas\\.", ""))) {
        try (JarFile file = jar.open()) {
          for (var entry : file.stream().filter(e -> e.getName().endsWith(".class")).toList()) {
            byte[] bytes = file.getInputStream(entry).readAllBytes();
            strings(bytes).stream()
                .filter(names::contains)
                .forEach(name -> found.add(name + " in " + entry.getName()));
          }
        }
      }
    }
    return found;
  }

  private static Set<String> strings(byte[] classFile) {
    return StreamSupport.stream(ClassFile.of().parse(classFile).constantPool().spliterator(), false)
        .filter(StringEntry.class::isInstance)
        .map(entry -> ((StringEntry) entry).stringValue())
        .collect(Collectors.toSet());
  }
}
