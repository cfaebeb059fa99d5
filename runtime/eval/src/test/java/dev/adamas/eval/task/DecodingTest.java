package dev.adamas.eval.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import dev.adamas.model.Model;
import dev.adamas.model.Sequence;
import org.junit.jupiter.api.Test;

class DecodingTest {

  @Test
  void doesNotTimeTheFirstToken() {
    try (Engine engine = Engine.create(EngineConfig.defaults());
        Model model = Model.embedded(engine);
        Sequence sequence = model.open()) {
      sequence.prefill(new int[] {1, 5, 9});
      var first = new Decoding(sequence, () -> false);
      first.decode(7);
      assertThat(first.tokens()).isEqualTo(1);
      assertThat(first.medianMilliseconds()).isZero();
      var more = new Decoding(sequence, () -> false);
      more.decode(7);
      more.decode(8);
      assertThat(more.tokens()).isEqualTo(2);
      assertThat(more.medianMilliseconds()).isPositive();
    }
  }
}
