package dev.adamas.it.documentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.adamas.api.ModelShape;
import dev.adamas.engine.SessionStatistics;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The hosts of the README, run over one model. */
class HostsTest {

  private static final int PROMPT = 300;
  private static final int ANSWER = 3;

  /** Random rows that depend on layer and token alone; keeps what attention gives back. */
  private static final class RandomModel implements Model {

    private final List<float[]> outputs = new ArrayList<>();

    @Override
    public ModelShape shape() {
      return ModelShape.of(3, 4, 2, 64);
    }

    @Override
    public void project(int layer, int from, int to, float[] query, float[] keys, float[] values) {
      for (int token = from; token < to; token++) {
        Random random = new Random(1000L * token + layer);
        fill(random, query, token - from, 4 * 64);
        fill(random, keys, token - from, 2 * 64);
        fill(random, values, token - from, 2 * 64);
      }
    }

    private static void fill(Random random, float[] rows, int row, int width) {
      for (int i = 0; i < width; i++) {
        // Numbers that fp16 holds exactly, so that both caches hold the same.
        rows[row * width + i] = (float) random.nextInt(-512, 513) / 256;
      }
    }

    @Override
    public void attended(int layer, int from, int to, MemorySegment output) {
      outputs.add(output.toArray(ValueLayout.JAVA_FLOAT));
    }
  }

  @Test
  void bothHostsReadTheSameTokensAndGetTheSameOutput() {
    RandomModel simple = new RandomModel();
    RandomModel own = new RandomModel();
    SessionStatistics.Work simpleWork = SimpleHost.run(simple, PROMPT, ANSWER);
    SessionStatistics.Work ownWork = OwnCacheHost.run(own, PROMPT, ANSWER);

    // Two dense layers and one that selects, for each of four query heads.
    long visible = 4L * (2 * (PROMPT + ANSWER) + 64);
    assertThat(simpleWork.visibleTokens()).isEqualTo(visible);
    assertThat(ownWork.visibleTokens()).isEqualTo(visible);

    assertThat(simple.outputs).hasSize(3 * (1 + ANSWER));
    for (int call = 0; call < simple.outputs.size(); call++) {
      float[] expected = simple.outputs.get(call);
      float[] actual = own.outputs.get(call);
      assertThat(actual).hasSameSizeAs(expected);
      for (int i = 0; i < actual.length; i++) {
        assertThat(actual[i]).isCloseTo(expected[i], within(1e-4f));
      }
    }
    // Attention over random values averages them out, but not to nothing.
    assertThat(max(simple.outputs.getLast())).isGreaterThan(0.05f);
  }

  private static float max(float[] row) {
    float max = 0;
    for (float x : row) {
      max = Math.max(max, Math.abs(x));
    }
    return max;
  }

  @Test
  void theHostsCacheCanBeCutAndGrown() {
    ModelShape shape = new RandomModel().shape();
    try (var arena = java.lang.foreign.Arena.ofShared()) {
      HostCache cache = new HostCache(arena, shape, 8);
      float[] rows = new float[4 * 2 * 64];
      cache.append(rows, rows, 4);
      cache.truncate(1);
      assertThat(cache.length()).isEqualTo(1);
      assertThat(cache.generation()).isEqualTo(1);
      cache.append(rows, rows, 4);
      assertThat(cache.length()).isEqualTo(5);
    }
  }
}
