package dev.adamas.conformance;

import static org.junit.jupiter.api.Assertions.fail;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * A plugin jar and what it declares about itself. Immutable; reads the jar when asked, and keeps
 * nothing of it.
 */
public final class Conformance {

  private final Path jar;
  private final Set<String> vectorPackages;
  private final Set<String> nativePackages;
  private final Names others;

  private Conformance(
      Path jar, Set<String> vectorPackages, Set<String> nativePackages, Names others) {
    this.jar = jar;
    this.vectorPackages = Set.copyOf(vectorPackages);
    this.nativePackages = Set.copyOf(nativePackages);
    this.others = others;
  }

  /**
   * A plugin that declares nothing.
   *
   * @param jar a jar, or a folder with the same content
   */
  public static Conformance of(Path jar) {
    return new Conformance(jar, Set.of(), Set.of(), Names.NONE);
  }

  /** Declares that classes of these packages use the Vector API. */
  public Conformance usingVectorApiIn(String... packages) {
    return new Conformance(jar, union(vectorPackages, List.of(packages)), nativePackages, others);
  }

  /** Declares that classes of these packages call native code. */
  public Conformance callingNativeCodeIn(String... packages) {
    return new Conformance(jar, vectorPackages, union(nativePackages, List.of(packages)), others);
  }

  /**
   * Names policies and backends of other plugins; those of the jar itself are known.
   *
   * @param policies ids that no backend may name
   * @param backends ids that no policy may name
   */
  public Conformance beside(Collection<String> policies, Collection<String> backends) {
    return new Conformance(
        jar,
        vectorPackages,
        nativePackages,
        new Names(union(others.policies(), policies), union(others.backends(), backends)));
  }

  private static Set<String> union(Set<String> some, Collection<String> more) {
    Set<String> all = new LinkedHashSet<>(some);
    all.addAll(more);
    return all;
  }

  /** A test for each rule. */
  public Stream<DynamicTest> tests() {
    return tests(EnumSet.allOf(Rule.class));
  }

  /** A test for each of some rules: libraries that are no plugins keep to some of them. */
  public Stream<DynamicTest> tests(Set<Rule> rules) {
    Once once = new Once(rules);
    return Arrays.stream(Rule.values())
        .filter(rules::contains)
        .map(rule -> DynamicTest.dynamicTest(rule.text(), () -> once.check(rule)));
  }

  /**
   * What in the jar breaks a rule, a sentence each; empty where nothing does.
   *
   * @throws IllegalArgumentException where there is no readable jar at the path
   */
  public List<String> violations(Rule rule) {
    return violations(EnumSet.of(rule)).getOrDefault(rule, List.of());
  }

  /**
   * The same for several rules, each of which is a key.
   *
   * @throws IllegalArgumentException where there is no readable jar at the path
   */
  public Map<Rule, List<String>> violations(Set<Rule> rules) {
    Map<Rule, List<String>> violations = new EnumMap<>(Rule.class);
    try (PluginJar plugin = PluginJar.open(jar)) {
      for (Rule rule : rules) {
        violations.put(rule, List.copyOf(violations(plugin, rule)));
      }
    }
    return violations;
  }

  private List<String> violations(PluginJar plugin, Rule rule) {
    return switch (rule) {
      case NEEDS_ONLY_THE_API -> DependencyRules.apiOnly(plugin);
      case KNOWS_NO_ENGINE -> DependencyRules.noEngine(plugin);
      case VECTOR_API_WHERE_DECLARED -> DependencyRules.vectorApi(plugin, vectorPackages);
      case NATIVE_CALLS_WHERE_DECLARED -> DependencyRules.nativeCode(plugin, nativePackages);
      case NO_STATIC_STATE -> StaticStateRule.violations(plugin);
      case FINAL_IMPLEMENTATIONS -> ClassRules.notFinal(plugin);
      case HIDDEN_IMPLEMENTATIONS -> ClassRules.exported(plugin);
      case LEAVES_THE_PROCESS_ALONE -> ClassRules.touchesProcess(plugin);
      case SAME_SERVICES_EVERYWHERE -> MetadataRules.services(plugin);
      case SAME_EXPORTS_EVERYWHERE -> MetadataRules.exports(plugin);
      case JAVA_VERSION_IN_OSGI -> MetadataRules.javaVersion(plugin);
      case SPI_VERSION_COMPILED_IN -> ProviderRules.spiVersion(plugin);
      case BACKENDS_NAME_NO_POLICY -> ProviderRules.names(plugin, others);
    };
  }

  /** Reads the jar once for all tests, when the first of them runs. */
  private final class Once {

    private final Set<Rule> rules;
    private Map<Rule, List<String>> violations = Map.of();

    Once(Set<Rule> rules) {
      this.rules = rules;
    }

    synchronized void check(Rule rule) {
      if (violations.isEmpty()) {
        violations = Conformance.this.violations(rules);
      }
      List<String> found = violations.getOrDefault(rule, List.of());
      if (!found.isEmpty()) {
        fail(
            "%s breaks the rule that a plugin %s:%n  %s"
                .formatted(jar.getFileName(), rule.text(), String.join("\n  ", found)));
      }
    }
  }
}
