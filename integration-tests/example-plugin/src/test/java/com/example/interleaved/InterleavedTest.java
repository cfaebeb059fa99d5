package com.example.interleaved;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.engine.Catalogue;
import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.Session;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The plugin in an engine that finds it by itself, here on the module path. */
class InterleavedTest {

  private static final ModelShape SHAPE = ModelShape.of(5, 2, 1, 64);

  private static Engine engine(String policy) {
    return Engine.create(
        EngineConfig.builder().policy(policy).backends("scalar").threads(1).build());
  }

  @Test
  void isFoundAsANamedModule() {
    assertThat(InterleavedProvider.class.getModule().isNamed()).isTrue();
    try (Engine engine = engine("interleaved")) {
      assertThat(engine.catalogue().problems()).isEmpty();
      assertThat(engine.catalogue().of(Catalogue.Kind.POLICY))
          .filteredOn(c -> c.id().equals("interleaved"))
          .extracting(Catalogue.Component::plugin)
          .containsExactly("interleaved 1.0.0");
    }
  }

  @Test
  void planAlternates() {
    try (Engine engine = engine("interleaved(every=2, budget=16, distance=manhattan)");
        Session session = engine.open(SHAPE)) {
      assertThat(session.describe().layers())
          .extracting(layer -> layer.plan() instanceof LayerPlan.Dense)
          .containsExactly(true, false, true, false, true);
      assertThat(session.policy().spec().params())
          .containsEntry("distance", "manhattan@1")
          .containsEntry("every", "2");
    }
  }

  @Test
  void selectsTheBudgetInTheLayersBetween() {
    var random = new Random(7);
    int prompt = 300;
    try (Engine engine = engine("interleaved(every=2, budget=16)");
        Session session = engine.open(SHAPE)) {
      step(session, random, prompt);
      session.endPrefill();
      step(session, random, 1);
      int dense = 3 * 2 * (prompt + 1);
      int sparse = 2 * 2 * 16;
      assertThat(session.statistics().lastStep().visibleTokens()).isEqualTo(dense + sparse);
    }
  }

  private static void step(Session session, Random random, int tokens) {
    for (int layer = 0; layer < SHAPE.layers(); layer++) {
      session.append(layer, rows(random, tokens), rows(random, tokens), tokens);
      MemorySegment query = rows(random, 2 * tokens);
      session.attend(layer, tokens, query, MemorySegment.ofArray(new float[2 * tokens * 64]));
    }
  }

  private static MemorySegment rows(Random random, int rows) {
    float[] floats = new float[rows * 64];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) random.nextGaussian();
    }
    return MemorySegment.ofArray(floats);
  }

  @Test
  void wrongOptionsAreRefusedInOneSentence() {
    try (Engine engine = engine("interleaved")) {
      assertThatThrownBy(() -> engine.policy("interleaved(every=1, period=3)"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "policy interleaved@1: 'period' is unknown; it has budget, distance, every,"
                  + " quantizer, selector, transform; every: 1 is not between 2 and 1000");
    }
  }
}
