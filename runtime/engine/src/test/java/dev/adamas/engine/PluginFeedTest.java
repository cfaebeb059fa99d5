package dev.adamas.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Provider;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The catalogue, the backends and the kernels of an engine whose plugins come and go. */
class PluginFeedTest {

  private static final ModelShape SHAPE = ModelShape.of(4, 2, 1, 32);
  private static final Duration NOT_LONG = Duration.ofMillis(50);

  private final PluginFeed feed = new PluginFeed();
  private final AtomicInteger unloaded = new AtomicInteger();

  private PluginFeed.Loaded loaded(String origin, Provider... providers) {
    return new PluginFeed.Loaded(
        origin,
        new URLClassLoader(new URL[0], getClass().getClassLoader()),
        List.of(providers),
        List.of(),
        unloaded::incrementAndGet);
  }

  private Engine engine(String yaml, Provider... fixed) {
    return Engine.builder().config(EngineConfig.parse(yaml)).providers(fixed).source(feed).build();
  }

  private static List<String> policies(Engine engine) {
    return engine.catalogue().of(Catalogue.Kind.POLICY).stream()
        .map(Catalogue.Component::name)
        .toList();
  }

  @Test
  void aConfiguredBackendIsUsedFromWhenItArrivesUntilItGoes() {
    Plugins.CountingBackend plain = new Plugins.CountingBackend("plain");
    Plugins.CountingBackend late = new Plugins.CountingBackend("late");
    try (Engine engine =
        engine("backends: [late, plain]", Plugins.policy("p", "full", 1), Plugins.backend(plain))) {
      // One that follows the configuration would move to the backend that comes.
      Session early = engine.open(SHAPE, engine.policy("full"));
      assertThat(early.describe().layers().getFirst().backend()).isEqualTo("plain@1");
      assertThat(early.describe().layers().getFirst().fallbacks())
          .containsExactly("late: There is no backend 'late'; there are plain.");

      feed.put("late", loaded("late.jar", Plugins.backend(late)), NOT_LONG);
      Session after = engine.open(SHAPE, engine.policy("full"));
      assertThat(after.describe().layers().getFirst().backend()).isEqualTo("late@1");
      assertThat(early.describe().layers().getFirst().backend()).isEqualTo("plain@1");

      // The loader of the classes is the test's, so only the kernel says who uses the backend.
      feed.remove("late", NOT_LONG);
      assertThat(late.closed).as("closed while a session runs on it").isFalse();
      Session again = engine.open(SHAPE);
      assertThat(again.describe().layers().getFirst().backend()).isEqualTo("plain@1");
      after.close();
      assertThat(late.open).hasValue(0);
      assertThat(late.closed).isTrue();
      assertThat(plain.closed).isFalse();
      early.close();
      again.close();
    }
    assertThat(plain.closed).isTrue();
    assertThat(unloaded).hasValue(1);
  }

  @Test
  void aBackendThatNobodyCanBringIsAnError() {
    assertThatThrownBy(
            () ->
                Engine.builder()
                    .config(EngineConfig.parse("backends: [late]"))
                    .providers(Plugins.policy("p", "full", 1))
                    .build())
        .hasMessage("There is no backend 'late'; no plugin on the path offers any.");
  }

  @Test
  void kernelsAreSharedUntilTheBackendsChange() {
    Plugins.CountingBackend plain = new Plugins.CountingBackend("plain");
    try (Engine engine =
        engine("backends: plain", Plugins.policy("p", "full", 1), Plugins.backend(plain))) {
      LayerPlan window = new LayerPlan.Window(4, 60);
      Session first = engine.open(SHAPE, Plugins.fixed(window));
      assertThat(plain.compiled).hasValue(2);
      feed.put("policy", loaded("policy.jar", Plugins.policy("q", "new", 1)), NOT_LONG);
      Session second = engine.open(SHAPE, Plugins.fixed(window));
      assertThat(plain.compiled).as("a policy's arrival compiles nothing anew").hasValue(2);
      first.close();
      second.close();
    }
  }

  @Test
  void newestVersionsServeAndOldOnesReturn() {
    try (Engine engine = engine("backends: b", Plugins.backend(new Plugins.CountingBackend("b")))) {
      feed.put("1", loaded("one.jar", named("p", "1.9", "x")), NOT_LONG);
      feed.put("2", loaded("two.jar", named("p", "1.10", "x")), NOT_LONG);
      assertThat(engine.catalogue().problems()).isEmpty();
      assertThat(offering(engine, "x")).isEqualTo("p 1.10");
      assertThat(engine.catalogue().plugins())
          .contains(
              new Catalogue.Plugin("p", "1.9", "one.jar"),
              new Catalogue.Plugin("p", "1.10", "two.jar"));
      feed.remove("2", NOT_LONG);
      assertThat(offering(engine, "x")).isEqualTo("p 1.9");
      assertThat(unloaded).hasValue(1);
    }
  }

  private static Provider named(String plugin, String version, String policy) {
    Provider some = Plugins.policy(plugin, policy, 1);
    return new Provider() {
      @Override
      public int spiVersion() {
        return SPI_VERSION;
      }

      @Override
      public String name() {
        return plugin;
      }

      @Override
      public String version() {
        return version;
      }

      @Override
      public List<dev.adamas.api.PolicyFactory> policies() {
        return some.policies();
      }
    };
  }

  private static String offering(Engine engine, String policy) {
    return engine.catalogue().of(Catalogue.Kind.POLICY).stream()
        .filter(c -> c.id().equals(policy))
        .map(Catalogue.Component::plugin)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theSamePluginFromASecondPlaceIsRefusedAndTheFirstStays() {
    try (Engine engine = engine("backends: b", Plugins.backend(new Plugins.CountingBackend("b")))) {
      feed.put("z", loaded("z.jar", named("p", "1.0", "x")), NOT_LONG);
      // Sorts before the first, and is refused all the same.
      feed.put("a", loaded("a.jar", named("p", "1.0", "y")), NOT_LONG);
      assertThat(engine.catalogue().problems())
          .containsExactly(
              "Plugin p 1.0 is there twice, at z.jar and at a.jar; the first is used, remove one of"
                  + " them.");
      assertThat(policies(engine)).containsExactly("x@1");
      feed.remove("z", NOT_LONG);
      assertThat(engine.catalogue().problems()).isEmpty();
      assertThat(policies(engine)).containsExactly("y@1");
    }
  }

  @Test
  void aFeedServesSeveralEnginesAndForgetsThoseThatClose() {
    Provider backend = Plugins.backend(new Plugins.CountingBackend("b"));
    Engine one = engine("backends: b", backend);
    try (Engine two = engine("backends: b", Plugins.backend(new Plugins.CountingBackend("b")))) {
      feed.put("p", loaded("p.jar", Plugins.policy("p", "x", 1)), NOT_LONG);
      assertThat(policies(one)).isEqualTo(policies(two)).containsExactly("x@1");
      one.close();
      Optional<PluginDeparture> gone = feed.remove("p", NOT_LONG);
      assertThat(gone)
          .hasValueSatisfying(
              d -> assertThat(d.state()).isNotEqualTo(PluginDeparture.State.IN_USE));
      assertThat(policies(two)).isEmpty();
      assertThat(feed.remove("p", NOT_LONG)).isEmpty();
    }
    assertThat(unloaded).hasValue(1);
  }

  @Test
  void refusalsAreProblemsUntilTheyAreRemoved() {
    try (Engine engine = engine("backends: b", Plugins.backend(new Plugins.CountingBackend("b")))) {
      feed.refuse("p", "Plugin p.jar was refused.");
      assertThat(engine.catalogue().problems()).containsExactly("Plugin p.jar was refused.");
      feed.put("p", loaded("p.jar", Plugins.policy("p", "x", 1)), NOT_LONG);
      assertThat(engine.catalogue().problems()).isEmpty();
      feed.refuse("p", "Plugin p.jar was refused again.");
      assertThat(policies(engine)).as("what was there stays").containsExactly("x@1");
      feed.remove("p", NOT_LONG);
      assertThat(engine.catalogue().problems()).isEmpty();
      assertThat(policies(engine)).isEmpty();
    }
  }
}
