package dev.adamas.conformance;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaModifier;
import dev.adamas.api.Provider;
import java.lang.module.ModuleDescriptor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** How a plugin's classes are declared, and what they do to the process. */
final class ClassRules {

  /** Members that touch what belongs to the host. */
  private static final Map<String, Set<String>> HOSTS =
      Map.of(
          "java.lang.System",
          Set.of("exit", "out", "err", "setOut", "setErr", "setProperty", "setProperties"),
          "java.lang.Runtime",
          Set.of("exit", "halt", "addShutdownHook"),
          "java.lang.Thread",
          Set.of("setDefaultUncaughtExceptionHandler"));

  private ClassRules() {}

  static List<String> notFinal(PluginJar jar) {
    return DependencyRules.violations(
        classes()
            .that()
            .areNotInterfaces()
            .and(
                describe(
                    "are not abstract", c -> !c.getModifiers().contains(JavaModifier.ABSTRACT)))
            .and(describe("nobody extends", c -> c.getSubclasses().isEmpty()))
            .and(describe("are no enums", c -> !c.isEnum() && !c.isAnonymousClass()))
            .and(
                describe(
                    "have no enum as parent",
                    c -> c.getRawSuperclass().map(s -> !s.isEnum()).orElse(true)))
            .and(describe("are no descriptors", c -> !c.getSimpleName().endsWith("-info")))
            .should()
            .haveModifier(JavaModifier.FINAL),
        jar.classes());
  }

  static List<String> exported(PluginJar jar) {
    // Without a descriptor every package is open to everybody.
    Optional<Set<String>> exported =
        jar.module()
            .map(
                module ->
                    module.exports().stream()
                        .map(ModuleDescriptor.Exports::source)
                        .collect(Collectors.toSet()));
    return DependencyRules.violations(
        classes()
            .that()
            .areTopLevelClasses()
            .and(
                describe(
                    "are in exported packages",
                    c -> exported.map(e -> e.contains(c.getPackageName())).orElse(true)))
            .and(describe("are no providers", c -> !c.isAssignableTo(Provider.class)))
            .and(describe("are no descriptors", c -> !c.getSimpleName().endsWith("-info")))
            .should()
            .notBePublic(),
        jar.classes());
  }

  static List<String> touchesProcess(PluginJar jar) {
    return DependencyRules.violations(
        noClasses()
            .should()
            .accessTargetWhere(describe("belongs to the host", ClassRules::belongsToTheHost)),
        jar.classes());
  }

  private static boolean belongsToTheHost(JavaAccess<?> access) {
    return HOSTS
        .getOrDefault(access.getTargetOwner().getName(), Set.of())
        .contains(access.getTarget().getName());
  }
}
