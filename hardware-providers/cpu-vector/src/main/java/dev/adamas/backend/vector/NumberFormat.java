package dev.adamas.backend.vector;

import dev.adamas.api.KvType;

/**
 * How a cache's numbers become float32.
 *
 * <p>Sixteen-bit numbers are read two at a time as one int. Each half is moved so that its exponent
 * and fraction fall on those of a float32: a bfloat16 then is the number, a binary16 the number
 * times 2<sup>-112</sup>, subnormals included. That factor costs nothing: queries carry 2<sup>112
 * </sup>, weights 2<sup>96</sup>, and the output the rest. (An infinity or NaN of a binary16 cache
 * reads as a finite number of at least 65536; bfloat16 and float32 keep them.)
 *
 * <p>Widened rows are permuted: of each {@code 2·Lanes.L} numbers, the even ones come first. {@link
 * #permute} brings queries into that order and {@link #restore} outputs back.
 *
 * @param type the cache's format
 * @param shift distance that a half in the upper 16 bits moves down
 * @param mask the bits of a half, once moved
 * @param queryScale factor of queries
 * @param weightExponent exponent added to softmax weights
 * @param outputScale factor of weighted values over the sum of weights
 */
record NumberFormat(
    KvType type, int shift, int mask, float queryScale, float weightExponent, float outputScale) {

  static NumberFormat of(KvType type) {
    return switch (type) {
      case F16 -> new NumberFormat(type, 3, 0x8FFFE000, 0x1p112f, 96, 0x1p112f);
      case BF16 -> new NumberFormat(type, 0, 0xFFFF0000, 1, 0, 1);
      case F32 -> new NumberFormat(type, 0, -1, 1, 0, 1);
    };
  }

  /** Writes {@code source · scale · queryScale}, in the order of widened rows. */
  void permute(float[] source, int dim, float scale, float[] target, int at) {
    float factor = scale * queryScale;
    if (type == KvType.F32) {
      for (int i = 0; i < dim; i++) {
        target[at + i] = source[i] * factor;
      }
      return;
    }
    for (int group = 0; group < dim; group += 2 * Lanes.L) {
      for (int i = 0; i < Lanes.L; i++) {
        target[at + group + i] = source[group + 2 * i] * factor;
        target[at + group + Lanes.L + i] = source[group + 2 * i + 1] * factor;
      }
    }
  }

  /** Writes {@code source · scale}, in the order of the cache. */
  void restore(float[] source, int at, int dim, float scale, float[] target) {
    if (type == KvType.F32) {
      for (int i = 0; i < dim; i++) {
        target[i] = source[at + i] * scale;
      }
      return;
    }
    for (int group = 0; group < dim; group += 2 * Lanes.L) {
      for (int i = 0; i < Lanes.L; i++) {
        target[group + 2 * i] = source[at + group + i] * scale;
        target[group + 2 * i + 1] = source[at + group + Lanes.L + i] * scale;
      }
    }
  }
}
