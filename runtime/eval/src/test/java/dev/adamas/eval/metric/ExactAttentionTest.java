package dev.adamas.eval.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExactAttentionTest {

  /** Weights 1 : 2 : 1/2 for the query of one head, worked out by hand. */
  @ParameterizedTest
  @EnumSource(KvType.class)
  void weighsSelectsAndCompares(KvType type) {
    // KV head 1 of 2; with scale 1 the logits are the keys' first coordinates times the query's.
    float[][] keys = {{9, 9, 0, 5}, {9, 9, 1, 5}, {9, 9, -1, 5}};
    float[][] values = {{9, 9, 1, 0}, {9, 9, 0, 2}, {9, 9, 0, 0}};
    var view = new Rows(type, keys, values);
    float ln2 = (float) Math.log(2);
    ExactAttention exact = ExactAttention.of(view, new float[] {ln2, 0}, 1);
    // Weights 1 : 2 : 1/2, that is 2/7, 4/7 and 1/7; the output is (2/7, 8/7).
    assertThat(exact.mass(new int[] {0})).isEqualTo(2 / 7.0, within(1e-6));
    assertThat(exact.mass(new int[] {1, 2})).isEqualTo(5 / 7.0, within(1e-6));
    assertThat(exact.recall(new int[] {1})).isOne();
    assertThat(exact.recall(new int[] {0})).isZero();
    assertThat(exact.recall(new int[] {1, 2})).isEqualTo(0.5);
    assertThat(exact.recall(new int[] {0, 1, 2})).isOne();
    assertThat(exact.error(new float[] {2 / 7f, 8 / 7f})).isEqualTo(0, within(1e-6));
    // (9/7, 8/7) is 1 away from a vector of length sqrt(68)/7.
    assertThat(exact.error(new float[] {9 / 7f, 8 / 7f}))
        .isEqualTo(7 / Math.sqrt(68), within(1e-6));
  }

  /** A cache of small whole numbers, two tokens per page, on the heap. */
  private static final class Rows implements KvView {

    private final KvType type;
    private final float[][] keys;
    private final float[][] values;

    Rows(KvType type, float[][] keys, float[][] values) {
      this.type = type;
      this.keys = keys;
      this.values = values;
    }

    @Override
    public KvType type() {
      return type;
    }

    @Override
    public ModelShape shape() {
      return new ModelShape(1, 2, 2, 2, 1);
    }

    @Override
    public int length() {
      return keys.length;
    }

    @Override
    public long generation() {
      return 0;
    }

    @Override
    public int calibrationLength() {
      return 256;
    }

    @Override
    public int tokensPerPage() {
      return 2;
    }

    @Override
    public long keyTokenStride() {
      return 4L * type.bytes();
    }

    @Override
    public long keyHeadStride() {
      return 2L * type.bytes();
    }

    @Override
    public long valueTokenStride() {
      return keyTokenStride();
    }

    @Override
    public long valueHeadStride() {
      return keyHeadStride();
    }

    @Override
    public Page page(int index) {
      return new Page.Host(page(keys, index), page(values, index));
    }

    private MemorySegment page(float[][] rows, int index) {
      byte[] bytes = new byte[8 * type.bytes()];
      MemorySegment segment = MemorySegment.ofArray(bytes);
      for (int i = 0; i < 8 && 2 * index + i / 4 < rows.length; i++) {
        float number = rows[2 * index + i / 4][i % 4];
        long at = (long) i * type.bytes();
        switch (type) {
          case F32 -> segment.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, number);
          case F16 ->
              segment.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, Float.floatToFloat16(number));
          case BF16 ->
              segment.set(
                  ValueLayout.JAVA_SHORT_UNALIGNED,
                  at,
                  (short) (Float.floatToIntBits(number) >> 16));
        }
      }
      return segment;
    }
  }
}
