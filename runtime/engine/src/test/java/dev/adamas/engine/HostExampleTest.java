package dev.adamas.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.ModelShape;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class HostExampleTest {

  @Test
  void runs() {
    Randomness random = Randomness.fresh();
    HostExample.Model model =
        new HostExample.Model() {
          @Override
          public ModelShape shape() {
            return ModelShape.of(3, 4, 2, 64);
          }

          @Override
          public void project(int layer, int position, int tokens, HostExample.Rows rows) {
            fill(rows.query());
            fill(rows.keys());
            fill(rows.values());
          }

          private void fill(MemorySegment rows) {
            rows.copyFrom(random.segment((int) (rows.byteSize() / 4)));
          }

          @Override
          public void attended(int layer, int position, int tokens, MemorySegment output) {
            assertThat(output.toArray(java.lang.foreign.ValueLayout.JAVA_FLOAT))
                .doesNotContain(Float.NaN);
          }
        };
    // Two dense layers over 302 tokens, and 64 tokens in the third: at most for each query head.
    assertThat(HostExample.compare(model, 300, 2))
        .matches(
            "adamas-dot read [0-9]{6} bytes of keys and values per token, streaming-llm [0-9]{6}");
  }
}
