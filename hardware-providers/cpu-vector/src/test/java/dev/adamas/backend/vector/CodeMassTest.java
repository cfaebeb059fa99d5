package dev.adamas.backend.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.Budget;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CodeMassTest {

  private final long seed = Long.getLong("adamas.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final int[] lanes = new int[2 * Lanes.L];

  @Test
  void weighsAsTheBudgetDefinesIt() {
    for (int round = 0; round < 200; round++) {
      int count = 1 + random.nextInt(5000);
      int at = random.nextInt(20);
      float slope = (float) Math.exp(random.nextGaussian() * 3);
      float[] scores = scores(at + count, 40 / slope);
      float best = Float.POSITIVE_INFINITY;
      long total = 0;
      for (int i = at; i < at + count; i++) {
        best = scores[i] < best ? scores[i] : best;
      }
      for (int i = at; i < at + count; i++) {
        total += Budget.TopP.weight((best - scores[i]) * slope);
      }
      assertThat(CodeMass.best(scores, at, count)).as("seed %d", seed).isEqualTo(best);
      assertThat(CodeMass.total(scores, at, count, best, slope, lanes))
          .as("%d scores, slope %s, seed %d", count, slope, seed)
          .isEqualTo(total);
    }
  }

  private float[] scores(int count, float size) {
    float[] scores = new float[count];
    for (int i = 0; i < count; i++) {
      scores[i] =
          switch (random.nextInt(30)) {
            case 0 -> Float.NaN;
            case 1 -> Float.POSITIVE_INFINITY;
            case 2 -> -0.0f;
            case 3 -> 1e30f;
            default -> (float) Math.abs(random.nextGaussian()) * size;
          };
    }
    return scores;
  }

  @Test
  void manyHeavyCodesDoNotOverflow() {
    int count = 300_001;
    float[] scores = new float[count];
    assertThat(CodeMass.total(scores, 0, count, 0, 1, lanes)).isEqualTo((long) count << 30);
  }
}
