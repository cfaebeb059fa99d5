package dev.adamas.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import dev.adamas.engine.plugins.FailingProvider;
import dev.adamas.engine.plugins.WorkingProvider;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogueTest {

  @Test
  void findsThePluginsOfThePath() {
    try (Engine engine = Engine.create(EngineConfig.parse("backends: scalar"))) {
      Catalogue catalogue = engine.catalogue();
      assertThat(catalogue.problems()).isEmpty();
      assertThat(names(catalogue, Catalogue.Kind.POLICY))
          .contains(
              "adamas@1",
              "adamas-dot@1",
              "adamas-tail@1",
              "full@1",
              "oracle@1",
              "quest@1",
              "streaming-llm@1");
      assertThat(names(catalogue, Catalogue.Kind.TRANSFORM)).contains("hadamard@1", "identity@1");
      assertThat(names(catalogue, Catalogue.Kind.QUANTIZER)).contains("bucket@1");
      assertThat(names(catalogue, Catalogue.Kind.DISTANCE))
          .contains("asymmetric@1", "code-dot@1", "l2@1", "manhattan@1");
      assertThat(names(catalogue, Catalogue.Kind.SELECTOR)).contains("top-k@1");
      Catalogue.Component scalar =
          catalogue.of(Catalogue.Kind.BACKEND).stream()
              .filter(c -> c.id().equals("scalar"))
              .findFirst()
              .orElseThrow();
      assertThat(scalar.unavailable()).isEmpty();
      assertThat(scalar.origin()).containsAnyOf("scalar", "adamas-backend-scalar");
      assertThat(scalar.plugin()).isNotBlank();
      assertThat(engine.catalogue()).isSameAs(catalogue);
    }
  }

  private static List<String> names(Catalogue catalogue, Catalogue.Kind kind) {
    return catalogue.of(kind).stream().map(Catalogue.Component::name).toList();
  }

  @Test
  void makesPoliciesWithReplacedStages() {
    try (Engine engine = Engine.create(EngineConfig.parse("backends: scalar"))) {
      assertThat(
              engine
                  .policy("adamas-dot(budget=64, distance=asymmetric(query=int4))")
                  .spec()
                  .params())
          .containsEntry("budget", "64")
          .containsEntry("distance", "asymmetric@1(query=int4)");
      assertThat(engine.policy("adamas@1", Map.of("budget", "32")).spec().params())
          .containsEntry("budget", "32");
    }
  }

  @Test
  void unknownNamesListWhatExists() {
    Plugins.CountingBackend backend = new Plugins.CountingBackend("counting");
    Engine.Builder builder =
        Engine.builder()
            .config(EngineConfig.parse("{policy: one, backends: counting}"))
            .providers(
                Plugins.policy("first", "one", 1),
                Plugins.policy("second", "one", 3),
                Plugins.policy("third", "two", 1),
                Plugins.backend(backend));
    try (Engine engine = builder.build()) {
      assertThat(engine.policy().spec()).hasToString("one@3");
      assertThat(engine.policy("one@1").spec()).hasToString("one@1");
      refuses(() -> engine.policy("tree"), "There is no policy 'tree'; there are one, two.");
      refuses(() -> engine.policy("one@2"), "Policy 'one' has no version 2; it has 1, 3.");
      refuses(
          () -> engine.policy("one(budget=4)"),
          "policy one@3: 'budget' is unknown; it has no parameters");
    }
    refuses(
        () -> builder.config(EngineConfig.parse("backends: gpu")).build(),
        "There is no backend 'gpu'; there are counting.");
    assertThat(backend.closed).isTrue();
  }

  @Test
  void stagesThatDoNotExistListThoseThatDo() {
    try (Engine engine = Engine.create(EngineConfig.parse("backends: scalar"))) {
      assertThatThrownBy(() -> engine.policy("adamas(distance=cosine)"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(
              "policy adamas@1: distance: There is no distance 'cosine'; there are asymmetric, code-dot, ")
          .hasMessageContaining("manhattan");
      assertThatThrownBy(() -> engine.policy("adamas(budget=x, quantizer=bucket(bits=9))"))
          .hasMessageContaining("budget: 'x' is not a budget")
          .hasMessageContaining("bits: 9 is not between 1 and 3");
    }
  }

  private static void refuses(Runnable action, String message) {
    assertThatThrownBy(action::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void aNameFromTwoPlacesIsRefusedAndTheOthersLive() {
    try (Engine engine =
        Engine.builder()
            .config(EngineConfig.parse("backends: counting"))
            .source(
                sink -> {
                  sink.found(Plugins.policy("first", "one", 1), "/plugins/first.jar");
                  sink.found(Plugins.policy("second", "one", 1), "module second at /m/second.jar");
                  sink.found(Plugins.policy("third", "two", 1), "/plugins/third.jar");
                })
            .providers(Plugins.backend(new Plugins.CountingBackend("counting")))
            .build()) {
      String sentence =
          "Policy one@1 is offered twice, by plugin first 1.0 (/plugins/first.jar) and by plugin"
              + " second 1.0 (module second at /m/second.jar); remove one of them.";
      refuses(() -> engine.policy("one"), sentence);
      assertThat(engine.policy("two").spec()).hasToString("two@1");
      assertThat(engine.catalogue().problems()).containsExactly(sentence);
      assertThat(engine.catalogue().of(Catalogue.Kind.POLICY))
          .extracting(
              Catalogue.Component::name,
              Catalogue.Component::origin,
              Catalogue.Component::unavailable)
          .containsExactly(
              tuple("one@1", "/plugins/first.jar", Optional.of(sentence)),
              tuple("one@1", "module second at /m/second.jar", Optional.of(sentence)),
              tuple("two@1", "/plugins/third.jar", Optional.empty()));
    }
  }

  /** Built against another SPI. */
  private static final class Foreign implements Provider {
    @Override
    public int spiVersion() {
      return 7;
    }

    @Override
    public String name() {
      return "foreign";
    }

    @Override
    public String version() {
      return "2.0";
    }

    @Override
    public List<PolicyFactory> policies() {
      throw new AssertionError("must not be asked");
    }
  }

  /** Links against something that is gone. */
  private static final class Unlinked implements Provider {
    @Override
    public int spiVersion() {
      return SPI_VERSION;
    }

    @Override
    public String name() {
      throw new NoClassDefFoundError("org/example/Gone");
    }

    @Override
    public String version() {
      return "1.0";
    }
  }

  @Test
  void providersThatFailAreReportedAndTheOthersLive() {
    try (Engine engine =
        Engine.builder()
            .config(EngineConfig.parse("backends: counting"))
            .source(
                sink -> {
                  sink.found(new Foreign(), "/plugins/foreign.jar");
                  sink.found(new Unlinked(), "/plugins/unlinked.jar");
                  sink.found(Plugins.policy("bad", "Bad Name", 1), "/plugins/bad.jar");
                  sink.failed("/plugins/broken.jar", new IllegalStateException("no licence"));
                  sink.found(Plugins.policy("third", "two", 1), "/plugins/third.jar");
                })
            .providers(Plugins.backend(new Plugins.CountingBackend("counting")))
            .build()) {
      assertThat(engine.policy("two").spec()).hasToString("two@1");
      assertThat(engine.catalogue().problems())
          .containsExactly(
              "Plugin foreign 2.0 from /plugins/foreign.jar was built for SPI version 7, but this"
                  + " engine has version 1; use a build of the plugin for it.",
              "Plugin dev.adamas.engine.CatalogueTest$Unlinked from /plugins/unlinked.jar failed"
                  + " while it was asked what it offers: NoClassDefFoundError: org/example/Gone.",
              "Plugin dev.adamas.engine.Plugins$1 from /plugins/bad.jar failed while it was asked"
                  + " what it offers: Component id 'Bad Name' must be lower-case words joined by"
                  + " hyphens, such as 'code-dot'.",
              "A provider from /plugins/broken.jar could not be created: no licence.");
    }
  }

  /**
   * Defines the classes of the test's plugins itself: ServiceLoader ignores services files that
   * name classes of a named module, and this test runs inside of one.
   */
  private static final class PluginLoader extends URLClassLoader {

    PluginLoader(Path folder) throws IOException {
      super(new URL[] {folder.toUri().toURL()}, CatalogueTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith(WorkingProvider.class.getPackageName() + ".")) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> known = findLoadedClass(name);
        return known == null ? define(name) : known;
      }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
      String file = name.substring(name.lastIndexOf('.') + 1) + ".class";
      try (InputStream stream = WorkingProvider.class.getResourceAsStream(file)) {
        if (stream == null) {
          throw new ClassNotFoundException(name);
        }
        byte[] bytes = stream.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  @Test
  void aBrokenServicesFileHidesNoOtherProvider(@TempDir Path folder) throws IOException {
    Path services = folder.resolve("META-INF/services/dev.adamas.api.Provider");
    Files.createDirectories(services.getParent());
    Files.writeString(
        services,
        String.join(
            "\n",
            "org.example.Gone",
            FailingProvider.class.getName(),
            WorkingProvider.class.getName()));
    try (PluginLoader loader = new PluginLoader(folder);
        Engine engine =
            Engine.builder()
                .config(EngineConfig.parse("backends: scalar"))
                .source(ProviderSource.serviceLoader(loader))
                .build()) {
      assertThat(engine.policy("works").spec()).hasToString("works@1");
      assertThat(engine.policy("full").spec().id()).isEqualTo("full");
      assertThat(engine.catalogue().problems())
          .hasSize(2)
          .anySatisfy(p -> assertThat(p).contains("org.example.Gone"))
          .anySatisfy(
              p ->
                  assertThat(p)
                      .startsWith("A provider from " + FailingProvider.class.getName() + " in ")
                      .endsWith(" could not be created: The driver is missing."));
    }
  }

  @Test
  void anUnavailableBackendSaysWhy() {
    Plugins.CountingBackend gpu = new Plugins.CountingBackend("gpu");
    gpu.unavailable = Optional.of("No driver is installed; install one.");
    try (Engine engine =
        Engine.builder()
            .config(EngineConfig.parse("backends: counting"))
            .providers(
                Plugins.backend(gpu), Plugins.backend(new Plugins.CountingBackend("counting")))
            .build()) {
      assertThat(engine.catalogue().of(Catalogue.Kind.BACKEND))
          .extracting(Catalogue.Component::name, Catalogue.Component::unavailable)
          .containsExactly(tuple("counting@1", Optional.empty()), tuple("gpu@1", gpu.unavailable));
      assertThat(gpu.closed).isTrue();
    }
  }
}
