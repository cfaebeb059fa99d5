package dev.adamas.conformance;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchRule;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What a plugin's classes may use. */
final class DependencyRules {

  private static final String API = "dev.adamas.api";
  private static final String ADAMAS = "dev.adamas.";
  private static final String VECTOR = "jdk.incubator.vector";

  /** Modules of the JDK that are no part of it to rely on. */
  private static final Set<String> LEFT_OUT = Set.of("jdk.unsupported", VECTOR);

  /** Methods that need native access besides those of the linker. */
  private static final Map<String, Set<String>> RESTRICTED =
      Map.of(
          "java.lang.System", Set.of("load", "loadLibrary"),
          "java.lang.Runtime", Set.of("load", "loadLibrary"),
          "java.lang.foreign.SymbolLookup", Set.of("libraryLookup"),
          "java.lang.foreign.MemorySegment", Set.of("reinterpret"),
          "java.lang.foreign.AddressLayout", Set.of("withTargetLayout"),
          "java.lang.ModuleLayer$Controller", Set.of("enableNativeAccess"));

  private DependencyRules() {}

  static List<String> apiOnly(PluginJar jar) {
    JavaClasses own = jar.classes();
    Set<String> jdk = exportedByTheJdk();
    return violations(
        classes()
            .should()
            .onlyDependOnClassesThat(
                describe(
                    "belong to the api, the JDK or the jar",
                    c -> {
                      JavaClass base = c.getBaseComponentType();
                      String name = base.getPackageName();
                      return base.isPrimitive()
                          || own.contain(base.getName())
                          || jdk.contains(name)
                          || name.equals("org.jspecify.annotations")
                          // The rules about these have words of their own.
                          || name.startsWith(ADAMAS)
                          || name.equals(VECTOR);
                    })),
        own);
  }

  private static Set<String> exportedByTheJdk() {
    return ModuleFinder.ofSystem().findAll().stream()
        .map(reference -> reference.descriptor())
        .filter(module -> !LEFT_OUT.contains(module.name()))
        .flatMap(module -> module.exports().stream())
        .filter(export -> !export.isQualified())
        .map(ModuleDescriptor.Exports::source)
        .collect(Collectors.toSet());
  }

  static List<String> noEngine(PluginJar jar) {
    JavaClasses own = jar.classes();
    return violations(
        noClasses()
            .should()
            .dependOnClassesThat(
                describe(
                    "belong to Adamas, but not to its api",
                    c -> {
                      JavaClass base = c.getBaseComponentType();
                      return base.getPackageName().startsWith(ADAMAS)
                          && !base.getPackageName().equals(API)
                          && !own.contain(base.getName());
                    })),
        own);
  }

  static List<String> vectorApi(PluginJar jar, Set<String> packages) {
    JavaClasses own = jar.classes();
    DescribedPredicate<JavaClass> vectors =
        describe("belong to the Vector API", c -> c.getPackageName().equals(VECTOR));
    List<String> violations =
        violations(
            noClasses().that(outsideOf(packages)).should().dependOnClassesThat(vectors), own);
    boolean required =
        jar.module().stream()
            .flatMap(module -> module.requires().stream())
            .anyMatch(requires -> requires.name().equals(VECTOR));
    boolean used =
        own.stream()
            .flatMap(c -> c.getDirectDependenciesFromSelf().stream())
            .anyMatch(d -> vectors.test(d.getTargetClass()));
    if (used && !required) {
      violations.add("module-info does not require " + VECTOR + ", which classes use");
    }
    return violations;
  }

  static List<String> nativeCode(PluginJar jar, Set<String> packages) {
    JavaClasses own = jar.classes();
    List<String> violations =
        violations(
            noClasses()
                .that(outsideOf(packages))
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.foreign.Linker"),
            own);
    violations.addAll(
        violations(
            noClasses()
                .that(outsideOf(packages))
                .should()
                .accessTargetWhere(describe("need native access", DependencyRules::restricted)),
            own));
    own.stream()
        .filter(outsideOf(packages))
        .flatMap(c -> c.getMethods().stream())
        .filter(method -> method.getModifiers().contains(JavaModifier.NATIVE))
        .forEach(method -> violations.add("Method <" + method.getFullName() + "> is native"));
    return violations;
  }

  private static boolean restricted(JavaAccess<?> access) {
    return RESTRICTED
        .getOrDefault(access.getTargetOwner().getName(), Set.of())
        .contains(access.getTarget().getName());
  }

  private static DescribedPredicate<JavaClass> outsideOf(Set<String> packages) {
    return describe(
        "are outside of the declared packages " + packages,
        c -> !packages.contains(c.getPackageName()));
  }

  /** What breaks a rule; a plugin without any class that a rule is about keeps to it. */
  static List<String> violations(ArchRule rule, JavaClasses classes) {
    return new ArrayList<>(
        rule.allowEmptyShould(true).evaluate(classes).getFailureReport().getDetails());
  }
}
