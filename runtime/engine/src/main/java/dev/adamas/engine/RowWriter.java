package dev.adamas.engine;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.adamas.api.KvType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Writes float32 rows {@code [token][kvHead][headDim]} into a page's block {@code
 * [kvHead][token][headDim]} in the cache's type.
 *
 * <p>Conversion goes through two small arrays that stay in the first-level cache: C2 turns a plain
 * array loop into packed conversions, but not a loop over two segments, whose overlap it cannot
 * rule out. One per session; not thread-safe.
 */
final class RowWriter {

  private static final ValueLayout.OfFloat FLOAT =
      JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Floats per conversion; both arrays together are 24 KiB. */
  private static final int CHUNK = 4096;

  private final CacheLayout layout;
  private final int tokensPerChunk;
  private final float[] floats;
  private final short[] halves;

  RowWriter(CacheLayout layout) {
    this.layout = layout;
    int rowFloats = layout.shape().kvHeads() * layout.shape().headDim();
    tokensPerChunk = Math.max(1, CHUNK / rowFloats);
    boolean narrow = layout.type() != KvType.F32;
    floats = new float[narrow ? tokensPerChunk * rowFloats : 0];
    halves = new short[floats.length];
  }

  /**
   * Writes {@code tokens} rows per head.
   *
   * @param source float32 rows, read from byte {@code sourceOffset} on
   * @param block where the block starts in {@code target}
   * @param firstRow row of the page that the first token takes
   */
  void write(
      MemorySegment source,
      long sourceOffset,
      int tokens,
      MemorySegment target,
      long block,
      int firstRow) {
    if (layout.type() == KvType.F32) {
      copy(source, sourceOffset, tokens, target, block, firstRow);
      return;
    }
    int rowFloats = layout.shape().kvHeads() * layout.shape().headDim();
    for (int done = 0; done < tokens; done += tokensPerChunk) {
      int chunk = Math.min(tokensPerChunk, tokens - done);
      int count = chunk * rowFloats;
      MemorySegment.copy(source, FLOAT, sourceOffset + 4L * rowFloats * done, floats, 0, count);
      if (layout.type() == KvType.F16) {
        toF16(floats, halves, count);
      } else {
        toBf16(floats, halves, count);
      }
      scatter(chunk, target, block, firstRow + done);
    }
  }

  private void scatter(int tokens, MemorySegment target, long block, int firstRow) {
    int dim = layout.shape().headDim();
    int heads = layout.shape().kvHeads();
    for (int head = 0; head < heads; head++) {
      long row = block + head * layout.headBytes() + firstRow * layout.rowBytes();
      for (int token = 0; token < tokens; token++) {
        MemorySegment.copy(
            halves,
            (token * heads + head) * dim,
            target,
            SHORT,
            row + token * layout.rowBytes(),
            dim);
      }
    }
  }

  private void copy(
      MemorySegment source,
      long sourceOffset,
      int tokens,
      MemorySegment target,
      long block,
      int firstRow) {
    int heads = layout.shape().kvHeads();
    long bytes = layout.rowBytes();
    for (int token = 0; token < tokens; token++) {
      for (int head = 0; head < heads; head++) {
        MemorySegment.copy(
            source,
            sourceOffset + (token * (long) heads + head) * bytes,
            target,
            block + head * layout.headBytes() + (firstRow + token) * bytes,
            bytes);
      }
    }
  }

  private static void toF16(float[] source, short[] target, int count) {
    for (int i = 0; i < count; i++) {
      target[i] = Float.floatToFloat16(source[i]);
    }
  }

  /** Rounds to nearest, ties to even; a NaN stays one. */
  private static void toBf16(float[] source, short[] target, int count) {
    for (int i = 0; i < count; i++) {
      int bits = Float.floatToRawIntBits(source[i]);
      int rounded = (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
      target[i] = (short) ((bits & 0x7fffffff) > 0x7f800000 ? (bits >>> 16) | 0x40 : rounded);
    }
  }
}
