package dev.adamas.it.containers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.ModelShape;
import dev.adamas.api.StepProbe;
import dev.adamas.engine.Catalogue;
import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.PluginDeparture;
import dev.adamas.engine.ProviderSource;
import dev.adamas.engine.Session;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;

/** An engine that runs while plugins come and go, and a tiny model on it. */
final class Host implements AutoCloseable {

  static final ModelShape SHAPE = ModelShape.of(2, 2, 1, 64);

  private static final int PROMPT = 300;

  final Engine engine;

  Host(ProviderSource source) {
    this(source, "threads: 1");
  }

  Host(ProviderSource source, String yaml) {
    engine =
        Engine.builder()
            .config(EngineConfig.parse(yaml))
            .source(ProviderSource.serviceLoader(Host.class.getClassLoader()))
            .source(source)
            .build();
  }

  boolean has(String policy) {
    return engine.catalogue().of(Catalogue.Kind.POLICY).stream()
        .anyMatch(c -> c.id().equals(policy) && c.unavailable().isEmpty());
  }

  /** Name and version of the plugin that offers a policy. */
  String pluginOf(String policy) {
    return engine.catalogue().of(Catalogue.Kind.POLICY).stream()
        .filter(c -> c.id().equals(policy))
        .map(Catalogue.Component::plugin)
        .findFirst()
        .orElse("");
  }

  List<String> problems() {
    return engine.catalogue().problems();
  }

  /** A session that has read its prompt. */
  Session open(String policy) {
    Session session = engine.open(SHAPE, engine.policy(policy));
    step(session, 0, PROMPT);
    session.endPrefill();
    return session;
  }

  /** Decodes some tokens. */
  static void decode(Session session, int tokens) {
    for (int i = 0; i < tokens; i++) {
      step(session, session.length(), 1);
    }
  }

  /** Opens a session, decodes with the policy's own code and closes it. */
  void use(String policy) {
    try (Session session = open(policy)) {
      decode(session, 3);
      assertThat(session.policy().spec().id()).isEqualTo(policy.replaceFirst("@.*", ""));
      assertThat(session.policy().getClass().getName()).startsWith("com.example.");
    }
  }

  /**
   * A step that stays inside of layer 0 until it is released, and then ends: sequences change their
   * policy between steps only.
   */
  static void stall(Session session, CountDownLatch inside, CountDownLatch release) {
    StepProbe stalling =
        new StepProbe() {
          @Override
          public boolean wantsSelection() {
            return false;
          }

          @Override
          public void selected(
              int slot, int row, int queryHead, MemorySegment positions, int count) {}

          @Override
          public void read(int slot, long visibleTokens, long kvBytes, long indexBytes) {
            inside.countDown();
            try {
              release.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          }
        };
    Random random = new Random(1);
    MemorySegment one = random(random, SHAPE.kvHeads());
    MemorySegment query = random(random, SHAPE.queryHeads());
    MemorySegment output = MemorySegment.ofArray(new float[SHAPE.queryHeads() * SHAPE.headDim()]);
    for (int layer = 0; layer < SHAPE.layers(); layer++) {
      session.append(layer, one, one, 1);
      session.attend(layer, 1, query, output, layer == 0 ? stalling : StepProbe.NONE);
    }
  }

  private static void step(Session session, int position, int rows) {
    Random random = new Random(position);
    MemorySegment keys = random(random, rows * SHAPE.kvHeads());
    MemorySegment values = random(random, rows * SHAPE.kvHeads());
    MemorySegment query = random(random, rows * SHAPE.queryHeads());
    float[] output = new float[rows * SHAPE.queryHeads() * SHAPE.headDim()];
    for (int layer = 0; layer < SHAPE.layers(); layer++) {
      session.append(layer, keys, values, rows);
      session.attend(layer, rows, query, MemorySegment.ofArray(output));
      for (float value : output) {
        assertThat(Float.isFinite(value)).isTrue();
      }
      assertThat(output).isNotEqualTo(new float[output.length]);
    }
  }

  private static MemorySegment random(Random random, int rows) {
    float[] values = new float[rows * SHAPE.headDim()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return MemorySegment.ofArray(values);
  }

  static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + 20_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - end).as("waiting until " + what).isNegative();
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Waits until the class loaders of everything that was removed have been collected. */
  static void awaitCollected(Container container) {
    await(
        "class loaders are collected, " + container.departures(),
        () -> {
          System.gc();
          return container.departures().stream()
              .allMatch(d -> d.state() == PluginDeparture.State.COLLECTED);
        });
    assertThat(container.departures()).isNotEmpty();
  }

  @Override
  public void close() {
    engine.close();
  }
}
