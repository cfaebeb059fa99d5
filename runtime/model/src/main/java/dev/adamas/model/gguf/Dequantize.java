package dev.adamas.model.gguf;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The block formats of ggml, decoded value by value. The layouts are those of ggml-quants; the
 * order of the arithmetic matters, because the results are compared bit for bit.
 *
 * <p>Formats with sub-blocks ("K-quants") store the sub-blocks' scales quantised a second time, so
 * that 256 values share one or two half-precision numbers.
 */
final class Dequantize {
  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfInt I32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat F32 =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);

  /** The 16 levels of the non-linear 4-bit types, denser near zero. */
  private static final byte[] LEVELS = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  private Dequantize() {}

  /** Decodes whole blocks of a type that is decodable; the caller has checked the bounds. */
  static void decode(
      TensorType type, MemorySegment src, long offset, float[] dst, int at, int values) {
    switch (type) {
      case F32 -> f32(src, offset, dst, at, values);
      case F16 -> f16(src, offset, dst, at, values);
      case BF16 -> bf16(src, offset, dst, at, values);
      case Q4_0 -> q4_0(src, offset, dst, at, values);
      case Q4_1 -> q4_1(src, offset, dst, at, values);
      case Q5_0 -> q5_0(src, offset, dst, at, values);
      case Q5_1 -> q5_1(src, offset, dst, at, values);
      case Q8_0 -> q8_0(src, offset, dst, at, values);
      case Q2_K -> q2K(src, offset, dst, at, values);
      case Q3_K -> q3K(src, offset, dst, at, values);
      case Q4_K -> q4K(src, offset, dst, at, values);
      case Q5_K -> q5K(src, offset, dst, at, values);
      case Q6_K -> q6K(src, offset, dst, at, values);
      case IQ4_NL -> iq4Nl(src, offset, dst, at, values);
      case IQ4_XS -> iq4Xs(src, offset, dst, at, values);
      default -> throw new IllegalArgumentException(type + " has no decoder");
    }
  }

  private static void f32(MemorySegment src, long offset, float[] dst, int at, int values) {
    MemorySegment.copy(src, F32, offset, dst, at, values);
  }

  private static void f16(MemorySegment src, long offset, float[] dst, int at, int values) {
    for (int i = 0; i < values; i++) {
      dst[at + i] = half(src, offset + 2L * i);
    }
  }

  private static void bf16(MemorySegment src, long offset, float[] dst, int at, int values) {
    for (int i = 0; i < values; i++) {
      dst[at + i] = Float.intBitsToFloat(src.get(U16, offset + 2L * i) << 16);
    }
  }

  /** Block: half scale, 16 bytes with values j (low nibble) and j + 16 (high). */
  private static void q4_0(MemorySegment src, long offset, float[] dst, int at, int values) {
    long block = offset;
    for (int i = at; i < at + values; i += 32, block += 18) {
      float d = half(src, block);
      for (int j = 0; j < 16; j++) {
        int q = u8(src, block + 2 + j);
        dst[i + j] = ((q & 15) - 8) * d;
        dst[i + j + 16] = ((q >> 4) - 8) * d;
      }
    }
  }

  /** Block: half scale, half minimum, 16 bytes of nibbles. */
  private static void q4_1(MemorySegment src, long offset, float[] dst, int at, int values) {
    long block = offset;
    for (int i = at; i < at + values; i += 32, block += 20) {
      float d = half(src, block);
      float m = half(src, block + 2);
      for (int j = 0; j < 16; j++) {
        int q = u8(src, block + 4 + j);
        dst[i + j] = (q & 15) * d + m;
        dst[i + j + 16] = (q >> 4) * d + m;
      }
    }
  }

  /** Block: half scale, 32 fifth bits, 16 bytes of nibbles. */
  private static void q5_0(MemorySegment src, long offset, float[] dst, int at, int values) {
    long block = offset;
    for (int i = at; i < at + values; i += 32, block += 22) {
      float d = half(src, block);
      int high = src.get(I32, block + 2);
      for (int j = 0; j < 16; j++) {
        int q = u8(src, block + 6 + j);
        dst[i + j] = ((bits(q, 0, 15) | bits(high, j, 1) << 4) - 16) * d;
        dst[i + j + 16] = ((bits(q, 4, 15) | bits(high, j + 16, 1) << 4) - 16) * d;
      }
    }
  }

  /** Block: half scale, half minimum, 32 fifth bits, 16 bytes of nibbles. */
  private static void q5_1(MemorySegment src, long offset, float[] dst, int at, int values) {
    long block = offset;
    for (int i = at; i < at + values; i += 32, block += 24) {
      float d = half(src, block);
      float m = half(src, block + 2);
      int high = src.get(I32, block + 4);
      for (int j = 0; j < 16; j++) {
        int q = u8(src, block + 8 + j);
        dst[i + j] = (bits(q, 0, 15) | bits(high, j, 1) << 4) * d + m;
        dst[i + j + 16] = (bits(q, 4, 15) | bits(high, j + 16, 1) << 4) * d + m;
      }
    }
  }

  /** Block: half scale, 32 signed bytes. */
  private static void q8_0(MemorySegment src, long offset, float[] dst, int at, int values) {
    long block = offset;
    for (int i = at; i < at + values; i += 32, block += 34) {
      float d = half(src, block);
      for (int j = 0; j < 32; j++) {
        dst[i + j] = i8(src, block + 2 + j) * d;
      }
    }
  }

  /** Block: 16 bytes of scale and minimum nibbles, 64 bytes of 2-bit values, half d, half dmin. */
  private static void q2K(MemorySegment src, long offset, float[] dst, int at, int values) {
    long block = offset;
    for (int i = at; i < at + values; i += 256, block += 84) {
      float d = half(src, block + 80);
      float min = half(src, block + 82);
      for (int sub = 0; sub < 16; sub++) {
        int scale = u8(src, block + sub);
        float dl = d * (scale & 15);
        float ml = min * (scale >> 4);
        // Sub-blocks go in pairs: the two halves of 32 bytes, then the same bytes two bits up.
        long quants = block + 16 + 32L * (sub >> 3) + 16L * (sub & 1);
        int shift = 2 * bits(sub, 1, 3);
        for (int l = 0; l < 16; l++) {
          dst[i + 16 * sub + l] = dl * bits(u8(src, quants + l), shift, 3) - ml;
        }
      }
    }
  }

  /** Block: 32 bytes of third bits, 64 bytes of 2-bit values, 16 six-bit scales, half d. */
  private static void q3K(MemorySegment src, long offset, float[] dst, int at, int values) {
    long block = offset;
    for (int i = at; i < at + values; i += 256, block += 110) {
      float d = half(src, block + 108);
      for (int sub = 0; sub < 16; sub++) {
        int low = bits(u8(src, block + 96 + (sub & 7)), 4 * (sub >> 3), 15);
        int high = bits(u8(src, block + 104 + (sub & 3)), 2 * (sub >> 2), 3);
        float dl = d * ((low | high << 4) - 32);
        long quants = block + 32 + 32L * (sub >> 3) + 16L * (sub & 1);
        int shift = 2 * bits(sub, 1, 3);
        for (int l = 0; l < 16; l++) {
          int q = bits(u8(src, quants + l), shift, 3);
          int third = bits(u8(src, block + 16L * (sub & 1) + l), sub >> 1, 1);
          dst[i + 16 * sub + l] = dl * (q - (third == 1 ? 0 : 4));
        }
      }
    }
  }

  /** Block: half d, half dmin, 12 bytes of six-bit scales and minima, 128 bytes of nibbles. */
  private static void q4K(MemorySegment src, long offset, float[] dst, int at, int values) {
    long block = offset;
    for (int i = at; i < at + values; i += 256, block += 144) {
      float d = half(src, block);
      float min = half(src, block + 2);
      for (int sub = 0; sub < 8; sub++) {
        float dl = d * sixBitScale(src, block + 4, sub);
        float ml = min * sixBitMin(src, block + 4, sub);
        long quants = block + 16 + 32L * (sub >> 1);
        for (int l = 0; l < 32; l++) {
          dst[i + 32 * sub + l] = dl * bits(u8(src, quants + l), 4 * (sub & 1), 15) - ml;
        }
      }
    }
  }

  /** Block: as Q4_K, with 32 bytes of fifth bits between scales and nibbles. */
  private static void q5K(MemorySegment src, long offset, float[] dst, int at, int values) {
    long block = offset;
    for (int i = at; i < at + values; i += 256, block += 176) {
      float d = half(src, block);
      float min = half(src, block + 2);
      for (int sub = 0; sub < 8; sub++) {
        float dl = d * sixBitScale(src, block + 4, sub);
        float ml = min * sixBitMin(src, block + 4, sub);
        long quants = block + 48 + 32L * (sub >> 1);
        for (int l = 0; l < 32; l++) {
          int q = bits(u8(src, quants + l), 4 * (sub & 1), 15);
          int fifth = bits(u8(src, block + 16 + l), sub, 1);
          dst[i + 32 * sub + l] = dl * (q | fifth << 4) - ml;
        }
      }
    }
  }

  /** Block: 128 bytes of nibbles, 64 bytes of upper bit pairs, 16 signed scales, half d. */
  private static void q6K(MemorySegment src, long offset, float[] dst, int at, int values) {
    long block = offset;
    for (int i = at; i < at + values; i += 256, block += 210) {
      float d = half(src, block + 208);
      for (int group = 0; group < 8; group++) {
        // Each half block of 128 values: four groups of 32 that share 64 nibble bytes, 32 pair
        // bytes.
        long low = block + 64L * (group >> 2) + 32L * (group & 1);
        long high = block + 128 + 32L * (group >> 2);
        for (int l = 0; l < 32; l++) {
          int q = bits(u8(src, low + l), 4 * bits(group, 1, 1), 15);
          int pair = bits(u8(src, high + l), 2 * (group & 3), 3);
          float scale = d * i8(src, block + 192 + 2L * group + (l >> 4));
          dst[i + 32 * group + l] = scale * ((q | pair << 4) - 32);
        }
      }
    }
  }

  /** Block: half scale, 16 bytes of level indices. */
  private static void iq4Nl(MemorySegment src, long offset, float[] dst, int at, int values) {
    long block = offset;
    for (int i = at; i < at + values; i += 32, block += 18) {
      float d = half(src, block);
      for (int j = 0; j < 16; j++) {
        int q = u8(src, block + 2 + j);
        dst[i + j] = d * LEVELS[q & 15];
        dst[i + j + 16] = d * LEVELS[q >> 4];
      }
    }
  }

  /** Block: half d, 16 bits of upper scale pairs, 4 bytes of lower scale nibbles, 128 bytes. */
  private static void iq4Xs(MemorySegment src, long offset, float[] dst, int at, int values) {
    long block = offset;
    for (int i = at; i < at + values; i += 256, block += 136) {
      float d = half(src, block);
      int high = src.get(U16, block + 2);
      for (int sub = 0; sub < 8; sub++) {
        int low = bits(u8(src, block + 4 + (sub >> 1)), 4 * (sub & 1), 15);
        float dl = d * ((low | bits(high, 2 * sub, 3) << 4) - 32);
        long quants = block + 8 + 16L * sub;
        for (int j = 0; j < 16; j++) {
          int q = u8(src, quants + j);
          dst[i + 32 * sub + j] = dl * LEVELS[q & 15];
          dst[i + 32 * sub + j + 16] = dl * LEVELS[q >> 4];
        }
      }
    }
  }

  /** Scale of sub-block j: six low bits of byte j, or a nibble and two bits kept elsewhere. */
  private static int sixBitScale(MemorySegment src, long scales, int j) {
    return j < 4
        ? u8(src, scales + j) & 63
        : bits(u8(src, scales + j + 4), 0, 15) | bits(u8(src, scales + j - 4), 6, 3) << 4;
  }

  private static int sixBitMin(MemorySegment src, long scales, int j) {
    return j < 4
        ? u8(src, scales + j + 4) & 63
        : bits(u8(src, scales + j + 4), 4, 15) | bits(u8(src, scales + j), 6, 3) << 4;
  }

  private static int bits(int word, int shift, int mask) {
    return (word >>> shift) & mask;
  }

  private static float half(MemorySegment src, long offset) {
    return Float.float16ToFloat(src.get(U16, offset));
  }

  private static int u8(MemorySegment src, long offset) {
    return src.get(ValueLayout.JAVA_BYTE, offset) & 0xff;
  }

  private static int i8(MemorySegment src, long offset) {
    return src.get(ValueLayout.JAVA_BYTE, offset);
  }
}
