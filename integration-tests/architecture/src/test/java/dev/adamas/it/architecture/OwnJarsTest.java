package dev.adamas.it.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.BackendFactory;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import dev.adamas.conformance.Conformance;
import dev.adamas.conformance.Rule;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.util.EnumSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Our jars keep to the rules that we hand to others; libraries to those that are not of plugins.
 */
class OwnJarsTest {

  private static final String PREFIX = "dev.adamas.adamas-";
  private static final Set<String> PLUGINS =
      Set.of("policy", "baseline-policies", "backend-scalar", "backend-cpu-vector");
  private static final Set<Rule> FOR_LIBRARIES =
      EnumSet.of(
          Rule.NO_STATIC_STATE,
          Rule.SAME_SERVICES_EVERYWHERE,
          Rule.SAME_EXPORTS_EVERYWHERE,
          Rule.JAVA_VERSION_IN_OSGI);

  static List<Jars.Jar> jars() {
    return Jars.ours();
  }

  private static String name(Jars.Jar jar) {
    return jar.header("Bundle-SymbolicName").substring(PREFIX.length());
  }

  @TestFactory
  Stream<DynamicContainer> pluginsKeepToEveryRule() {
    List<Provider> providers =
        ServiceLoader.load(Provider.class).stream().map(ServiceLoader.Provider::get).toList();
    Set<String> policies =
        providers.stream()
            .flatMap(p -> p.policies().stream().map(PolicyFactory::id))
            .collect(Collectors.toSet());
    Set<String> backends =
        providers.stream()
            .flatMap(p -> p.backends().stream().map(BackendFactory::id))
            .collect(Collectors.toSet());
    assertThat(policies).contains("adamas", "quest", "full");
    assertThat(backends).contains("scalar", "cpu-vector");
    return jars().stream()
        .filter(jar -> PLUGINS.contains(name(jar)))
        .map(
            jar ->
                DynamicContainer.dynamicContainer(
                    jar.toString(),
                    Conformance.of(jar.path())
                        .beside(policies, backends)
                        .usingVectorApiIn("dev.adamas.backend.vector")
                        .callingNativeCodeIn("dev.adamas.backend.cuda")
                        .tests()));
  }

  @TestFactory
  Stream<DynamicContainer> librariesKeepToTheirs() {
    return jars().stream()
        .filter(jar -> !PLUGINS.contains(name(jar)))
        .map(
            jar ->
                DynamicContainer.dynamicContainer(
                    jar.toString(), Conformance.of(jar.path()).tests(FOR_LIBRARIES)));
  }

  @ParameterizedTest
  @MethodSource("jars")
  void isAnExplicitModuleNamedAfterItsPackages(Jars.Jar jar) {
    ModuleDescriptor module = ModuleFinder.of(jar.path()).findAll().iterator().next().descriptor();
    assertThat(module.isAutomatic()).as("automatic module").isFalse();
    assertThat(module.packages())
        .allSatisfy(
            name ->
                assertThat(name.equals(module.name()) || name.startsWith(module.name() + "."))
                    .isTrue());
  }

  @Test
  void coversEveryLibrary() {
    assertThat(jars().stream().map(OwnJarsTest::name))
        .containsAll(PLUGINS)
        .contains("api", "engine", "osgi", "model", "tck", "cli", "conformance");
  }
}
