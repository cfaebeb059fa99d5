package dev.adamas.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each rule holds for a good plugin and fails, alone, for one that breaks it. */
class ConformanceTest {

  private static final String BACKEND =
      """
      package com.example.good;
      import dev.adamas.api.*;
      import java.util.*;
      final class Fast implements ComputeBackend {
        @Override public ComponentSpec spec() { return ComponentSpec.of("fast", 1); }
        @Override public Optional<String> unavailable() { return Optional.empty(); }
        @Override public Support probe(LayerPlan plan, ModelShape shape) {
          return new Support.Rejected(List.of(%s));
        }
        @Override public Kernel compile(Support.Accepted accepted, KernelContext context) {
          throw new IllegalArgumentException("Nothing was accepted.");
        }
      }
      """;

  @TempDir Path folder;

  record Broken(Set<Rule> rules, String what, JarBuilder plugin, String violation) {}

  private static Arguments breaks(Rule rule, String what, JarBuilder plugin, String violation) {
    return Arguments.of(new Broken(Set.of(rule), what, plugin, violation));
  }

  static Stream<Arguments> broken() {
    return Stream.of(
        breaks(
            Rule.NEEDS_ONLY_THE_API,
            "a library that the jar does not bring",
            JarBuilder.good()
                .source("com.example.good.Late", JarBuilder.policy("Object o = new lib.Thing();"))
                .stub("lib.Thing", "package lib; public final class Thing {}"),
            "lib.Thing"),
        breaks(
            Rule.NEEDS_ONLY_THE_API,
            "an internal package of the JDK",
            JarBuilder.good()
                .source(
                    "com.example.good.Late", JarBuilder.policy("Object o = jdk.internal.X.class;"))
                .stub("jdk.internal.X", "package jdk.internal; public final class X {}"),
            "jdk.internal.X"),
        breaks(
            Rule.KNOWS_NO_ENGINE,
            "a class of the engine",
            JarBuilder.good()
                .source(
                    "com.example.good.Late",
                    JarBuilder.policy("Class<?> c = dev.adamas.engine.Session.class;"))
                .stub(
                    "dev.adamas.engine.Session",
                    "package dev.adamas.engine; public final class Session {}"),
            "dev.adamas.engine.Session"),
        breaks(
            Rule.NATIVE_CALLS_WHERE_DECLARED,
            "the linker",
            JarBuilder.good()
                .source(
                    "com.example.good.Late",
                    JarBuilder.policy("Object o = java.lang.foreign.Linker.nativeLinker();")),
            "java.lang.foreign.Linker"),
        breaks(
            Rule.NATIVE_CALLS_WHERE_DECLARED,
            "a library",
            JarBuilder.good()
                .source(
                    "com.example.good.Late",
                    JarBuilder.policy("void load() { System.loadLibrary(\"x\"); }")),
            "System.loadLibrary"),
        breaks(
            Rule.NATIVE_CALLS_WHERE_DECLARED,
            "a native method",
            JarBuilder.good()
                .source("com.example.good.Late", JarBuilder.policy("native void call();")),
            "is native"),
        breaks(
            Rule.NO_STATIC_STATE,
            "a static field that is not final",
            JarBuilder.good()
                .source("com.example.good.Late", JarBuilder.policy("static int calls;")),
            "calls> is static and not final"),
        breaks(
            Rule.NO_STATIC_STATE,
            "a counter",
            JarBuilder.good()
                .source(
                    "com.example.good.Late",
                    JarBuilder.policy(
                        "static final java.util.concurrent.atomic.AtomicInteger CALLS ="
                            + " new java.util.concurrent.atomic.AtomicInteger();")),
            "AtomicInteger"),
        breaks(
            Rule.NO_STATIC_STATE,
            "a list that can grow behind an interface",
            JarBuilder.good()
                .source(
                    "com.example.good.Late",
                    JarBuilder.policy(
                        "private static final java.util.List<String> SEEN ="
                            + " new java.util.ArrayList<>();")),
            "holds a java.util.ArrayList"),
        breaks(
            Rule.NO_STATIC_STATE,
            "an object of the plugin in every thread",
            JarBuilder.good()
                .source(
                    "com.example.good.Late",
                    JarBuilder.policy(
                        "private static final ThreadLocal<Late> OWN = new ThreadLocal<>();")),
            "gives threads of the host objects of the plugin"),
        breaks(
            Rule.NO_STATIC_STATE,
            "an open array",
            JarBuilder.good()
                .source(
                    "com.example.good.Late",
                    JarBuilder.policy("static final int[] TABLE = {1, 2};")),
            "static array"),
        breaks(
            Rule.FINAL_IMPLEMENTATIONS,
            "a class that could be extended",
            JarBuilder.good()
                .source("com.example.good.Open", "package com.example.good; class Open {}"),
            "com.example.good.Open"),
        breaks(
            Rule.HIDDEN_IMPLEMENTATIONS,
            "a public class in an exported package",
            JarBuilder.good()
                .source(
                    "module-info",
                    """
                    module com.example.good {
                      requires dev.adamas.api;
                      exports com.example.good;
                      provides dev.adamas.api.Provider with com.example.good.GoodProvider;
                    }
                    """)
                .source(
                    "com.example.good.Shown",
                    "package com.example.good; public final class Shown {}")
                .header("Export-Package", "com.example.good;version=\"1.0.0\""),
            "com.example.good.Shown"),
        breaks(
            Rule.LEAVES_THE_PROCESS_ALONE,
            "the end of the process",
            JarBuilder.good()
                .source(
                    "com.example.good.Late", JarBuilder.policy("void stop() { System.exit(1); }")),
            "System.exit"),
        breaks(
            Rule.LEAVES_THE_PROCESS_ALONE,
            "a line on standard output",
            JarBuilder.good()
                .source(
                    "com.example.good.Late",
                    JarBuilder.policy("void say() { System.out.println(1); }")),
            "System.out"),
        breaks(
            Rule.SAME_SERVICES_EVERYWHERE,
            "no capability",
            JarBuilder.good().header("Provide-Capability", ""),
            "osgi.serviceloader offers []"),
        breaks(
            Rule.SAME_SERVICES_EVERYWHERE,
            "a module that provides nothing",
            JarBuilder.good()
                .source("module-info", "module com.example.good { requires dev.adamas.api; }"),
            "module-info provides []"),
        breaks(
            Rule.SAME_EXPORTS_EVERYWHERE,
            "an export without version",
            JarBuilder.good()
                .source(
                    "module-info",
                    """
                    module com.example.good {
                      requires dev.adamas.api;
                      exports com.example.good;
                      provides dev.adamas.api.Provider with com.example.good.GoodProvider;
                    }
                    """)
                .header("Export-Package", "com.example.good"),
            "com.example.good has no version"),
        breaks(
            Rule.SAME_EXPORTS_EVERYWHERE,
            "a bundle that exports what the module hides",
            JarBuilder.good().header("Export-Package", "com.example.good;version=\"1.0.0\""),
            "module-info exports [], but Export-Package lists [com.example.good]"),
        breaks(
            Rule.JAVA_VERSION_IN_OSGI,
            "a bundle for an older Java",
            JarBuilder.good()
                .header(
                    "Require-Capability", "osgi.ee;filter:=\"(&(osgi.ee=JavaSE)(version=21))\""),
            "version=25"),
        breaks(
            Rule.SPI_VERSION_COMPILED_IN,
            "a number asked of somebody else",
            JarBuilder.good()
                .source(
                    "com.example.good.GoodProvider",
                    """
                    package com.example.good;
                    import dev.adamas.api.*;
                    public final class GoodProvider implements Provider {
                      @Override public int spiVersion() { return Integer.getInteger("spi", 1); }
                      @Override public String name() { return "good"; }
                      @Override public String version() { return "1.0.0"; }
                    }
                    """),
            "GoodProvider has no number of its own"),
        breaks(
            Rule.BACKENDS_NAME_NO_POLICY,
            "a policy that names a backend beside it",
            JarBuilder.good()
                .source("com.example.good.Late", JarBuilder.policy("String s = \"scalar\";")),
            "com.example.good.Late names the backend scalar"),
        breaks(
            Rule.BACKENDS_NAME_NO_POLICY,
            "a backend that names a policy",
            JarBuilder.good().source("com.example.good.Fast", BACKEND.formatted("\"quest\"")),
            "com.example.good.Fast names the policy quest"),
        breaks(
            Rule.BACKENDS_NAME_NO_POLICY,
            "a backend that uses its own policy",
            JarBuilder.good()
                .source("com.example.good.Fast", BACKEND.formatted("new Late().spec().toString()")),
            "com.example.good.Late"));
  }

  private Map<Rule, List<String>> violations(JarBuilder plugin) {
    Conformance conformance =
        Conformance.of(plugin.build(folder)).beside(Set.of("quest"), Set.of("scalar"));
    Map<Rule, List<String>> violations = conformance.violations(EnumSet.allOf(Rule.class));
    violations.values().removeIf(List::isEmpty);
    return violations;
  }

  @Test
  void aGoodPluginBreaksNoRule() {
    assertThat(violations(JarBuilder.good())).isEmpty();
    assertThat(
            violations(
                JarBuilder.good().source("com.example.good.Fast", BACKEND.formatted("\"No.\""))))
        .isEmpty();
  }

  @ParameterizedTest
  @MethodSource("broken")
  void aRuleFailsAloneWhenItIsBroken(Broken broken) {
    Map<Rule, List<String>> violations = violations(broken.plugin);
    assertThat(violations).as(broken.what).containsOnlyKeys(broken.rules);
    assertThat(violations.values())
        .allSatisfy(found -> assertThat(found).anyMatch(v -> v.contains(broken.violation)));
  }

  @Test
  void everyRuleIsBrokenOnce() {
    assertThat(broken().flatMap(a -> ((Broken) a.get()[0]).rules.stream()).distinct().toList())
        .containsAll(
            Arrays.stream(Rule.values()).filter(r -> r != Rule.VECTOR_API_WHERE_DECLARED).toList());
  }

  @Test
  void vectorsNeedADeclarationAndTheModule() {
    String vectors = JarBuilder.policy("Object o = jdk.incubator.vector.FloatVector.SPECIES_128;");
    JarBuilder unnamed =
        JarBuilder.good().onTheClassPath().source("com.example.good.Late", vectors);
    assertThat(violations(unnamed).get(Rule.VECTOR_API_WHERE_DECLARED))
        .anyMatch(v -> v.contains("jdk.incubator.vector.FloatVector"))
        .anyMatch(v -> v.contains("does not require jdk.incubator.vector"));
    JarBuilder named =
        JarBuilder.good()
            .source("com.example.good.Late", vectors)
            .source(
                "module-info",
                """
                module com.example.good {
                  requires dev.adamas.api;
                  requires jdk.incubator.vector;
                  provides dev.adamas.api.Provider with com.example.good.GoodProvider;
                }
                """);
    assertThat(violations(named)).containsOnlyKeys(Rule.VECTOR_API_WHERE_DECLARED);
    Conformance declared = Conformance.of(named.build(folder)).usingVectorApiIn("com.example.good");
    assertThat(declared.violations(Rule.VECTOR_API_WHERE_DECLARED)).isEmpty();
  }

  @Test
  void nativeCallsCanBeDeclared() {
    Path jar =
        JarBuilder.good()
            .source(
                "com.example.good.Late",
                JarBuilder.policy("Object o = java.lang.foreign.Linker.nativeLinker();"))
            .build(folder);
    assertThat(
            Conformance.of(jar)
                .callingNativeCodeIn("com.example.good")
                .violations(Rule.NATIVE_CALLS_WHERE_DECLARED))
        .isEmpty();
  }

  @Test
  void testsNameTheRuleAndTheViolation() {
    Path jar = JarBuilder.good().header("Provide-Capability", "").build(folder);
    assertThat(Conformance.of(jar).tests()).hasSize(Rule.values().length);
    var test = Conformance.of(jar).tests(Set.of(Rule.SAME_SERVICES_EVERYWHERE)).findFirst();
    assertThat(test.orElseThrow().getDisplayName()).isEqualTo(Rule.SAME_SERVICES_EVERYWHERE.text());
    assertThatThrownBy(() -> test.orElseThrow().getExecutable().execute())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("breaks the rule that a plugin offers the same services")
        .hasMessageContaining("osgi.serviceloader offers []");
  }

  @Test
  void aMissingJarIsOneSentence() {
    assertThatThrownBy(
            () -> Conformance.of(folder.resolve("no.jar")).violations(Rule.NO_STATIC_STATE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("package the plugin first");
  }
}
