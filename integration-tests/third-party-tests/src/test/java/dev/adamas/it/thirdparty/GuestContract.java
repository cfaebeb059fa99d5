package dev.adamas.it.thirdparty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.Stage;
import dev.adamas.engine.Catalogue;
import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.PluginDeparture;
import dev.adamas.engine.ProviderSource;
import dev.adamas.engine.Session;
import dev.adamas.engine.SessionDescription;
import dev.adamas.engine.Swap;
import dev.adamas.engine.SwapOptions;
import dev.adamas.engine.SwapState;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A plugin comes while a sequence is decoded, serves it, and goes while it is decoded on. The text
 * is that of a run in which the policies changed at the same tokens and the plugin was always
 * there.
 */
@Timeout(90)
abstract class GuestContract {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final String POLICY = "sparq(budget=40,recent=8,dense-layers=1)";

  private final Writer writer = new Writer(5);
  private final List<Integer> prompt = Writer.prompt(300);

  @TempDir Path folder;

  /** An empty container. */
  abstract Place open(Path folder);

  private static Engine engine(String backends, ProviderSource... sources) {
    Engine.Builder builder =
        Engine.builder()
            .config(EngineConfig.parse("{policy: full, backends: " + backends + ", threads: 2}"));
    for (ProviderSource source : sources) {
      builder.source(source);
    }
    return builder.build();
  }

  private static ProviderSource builtIn() {
    return ProviderSource.serviceLoader(GuestContract.class.getClassLoader());
  }

  private static boolean offers(Engine engine, String policy) {
    return engine.catalogue().of(Catalogue.Kind.POLICY).stream()
        .anyMatch(component -> component.id().equals(policy));
  }

  /** Goes on writing until something is the case. */
  private static void writeUntil(Text text, String what, BooleanSupplier condition)
      throws InterruptedException {
    long end = System.nanoTime() + LONG.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - end).as("writing until " + what).isNegative();
      text.step();
      Thread.sleep(3);
    }
  }

  private static boolean gone(Place place) {
    return !place.departures().isEmpty()
        && place.departures().stream().allMatch(d -> d.state() != PluginDeparture.State.IN_USE);
  }

  private static void awaitCollected(Text text, Place place) throws InterruptedException {
    writeUntil(
        text,
        "the class loader is collected: " + place.departures(),
        () -> {
          System.gc();
          return place.departures().stream()
              .allMatch(d -> d.state() == PluginDeparture.State.COLLECTED);
        });
  }

  /** Removes a jar from another thread, because a container may wait for the steps of the text. */
  private static void removeWhileWriting(Text text, Place place, Path jar) throws Exception {
    Callable<Void> removal =
        () -> {
          place.remove(jar);
          return null;
        };
    try (var threads = java.util.concurrent.Executors.newSingleThreadExecutor()) {
      var removed = threads.submit(removal);
      writeUntil(text, "the plugin is gone", () -> removed.isDone() && gone(place));
      removed.get();
    }
  }

  @Test
  void servesALiveSequenceAndLeavesIt() throws Exception {
    Path jar = PluginJars.blocked();
    try (Place place = open(folder);
        Engine engine = engine("[blocked, scalar]", builtIn(), place.source())) {
      Text text = new Text(writer, engine.open(Writer.SHAPE, engine.policy("full")), prompt);
      text.steps(5);
      assertThat(offers(engine, "sparq")).isFalse();

      place.drop(jar);
      writeUntil(text, "the plugin is there", () -> offers(engine, "sparq"));
      Swap swap = engine.swap(POLICY, SwapOptions.tokenBoundary(text.session()).withGrace(5));
      writeUntil(
          text,
          "the policy has changed: " + swap.outcome(),
          () -> swap.state().compareTo(SwapState.GRACE) >= 0);
      text.steps(30);
      assertThat(swap.await(LONG)).contains(new dev.adamas.engine.SwapOutcome.Completed());
      serves(text.session());

      removeWhileWriting(text, place, jar);
      assertThat(offers(engine, "sparq")).isFalse();
      text.steps(10);
      assertThat(text.steps().getLast().policy()).isEqualTo("full@1");
      awaitCollected(text, place);
      assertThat(text.tokens()).isEqualTo(reference(text));
      text.session().close();
    }
  }

  private static void serves(Session session) {
    assertThat(session.policy().spec().id()).isEqualTo("sparq");
    List<SessionDescription.Layer> layers = session.describe().layers();
    assertThat(layers).extracting(SessionDescription.Layer::backend).containsOnly("blocked@1");
    assertThat(layers.subList(1, layers.size()))
        .allSatisfy(
            layer -> assertThat(layer.fused()).containsExactlyInAnyOrder(Stage.Kind.values()));
    assertThat(session.statistics().degraded()).isZero();
  }

  /** The same text where the plugin was on the class path from the beginning. */
  private List<Integer> reference(Text text) throws IOException {
    try (URLClassLoader loader =
            new URLClassLoader(new URL[] {PluginJars.blocked().toUri().toURL()});
        Engine engine = engine("[blocked, scalar]", ProviderSource.serviceLoader(loader))) {
      Text again = new Text(writer, engine.open(Writer.SHAPE, engine.policy("full")), prompt);
      java.util.ArrayList<Integer> tokens = new java.util.ArrayList<>();
      for (Text.Step step : text.steps()) {
        Session before = again.session();
        if (!before.policy().spec().toString().equals(step.policy())) {
          AttentionPolicy policy = engine.policy(step.policy());
          again = again.in(before.fork(policy));
          before.close();
        }
        again.step();
        tokens.add(again.steps().getLast().token());
        assertThat(again.steps().getLast().selecting()).isEqualTo(step.selecting());
      }
      again.session().close();
      return tokens;
    }
  }

  @Test
  void aThreadThatAPluginLeavesKeepsItsClassesAndNothingElse() throws Exception {
    Path jar = PluginJars.broken();
    try (Place place = open(folder);
        Engine engine = engine("[faulty, scalar]", builtIn(), place.source())) {
      Text text = new Text(writer, engine.open(Writer.SHAPE, engine.policy("full")), prompt);
      place.drop(jar);
      writeUntil(text, "the plugin is there", () -> offers(engine, "faulty"));
      Swap swap =
          engine.swap(
              "faulty(fault=leaks)", SwapOptions.tokenBoundary(text.session()).withGrace(0));
      writeUntil(
          text, "the policy has changed", () -> swap.state().compareTo(SwapState.GRACE) >= 0);
      text.steps(10);
      removeWhileWriting(text, place, jar);
      text.steps(10);
      assertThat(text.steps().getLast().policy()).isEqualTo("full@1");
      for (int i = 0; i < 5; i++) {
        System.gc();
        Thread.sleep(20);
      }
      assertThat(place.departures())
          .extracting(PluginDeparture::state)
          .containsOnly(PluginDeparture.State.RELEASED);
      Thread.getAllStackTraces().keySet().stream()
          .filter(thread -> thread.getName().equals("left by the faulty backend"))
          .forEach(Thread::interrupt);
      awaitCollected(text, place);
      text.session().close();
    }
  }
}
