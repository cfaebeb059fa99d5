package dev.adamas.backend.vector;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A cache of random keys and values in a layout of choice, with the exact numbers it holds. */
final class TestCache implements KvView {

  /** Where a row lies inside a page. */
  enum Order {
    /** The engine's own: a head's tokens are contiguous. */
    HEAD_MAJOR,
    /** Heads side by side, as other hosts keep them, with a few unused bytes after each token. */
    TOKEN_MAJOR,
    /** Keys and values of a token side by side in one segment. */
    INTERLEAVED
  }

  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LE);
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LE);

  private final ModelShape shape;
  private final KvType type;
  private final Order order;
  private final int pageTokens;
  private final long rowBytes;
  private final List<Page.Host> pages = new ArrayList<>();
  private final double[][][] keys;
  private final double[][][] values;
  private int length;
  private long generation;
  private int calibrationLength = 256;

  TestCache(
      ModelShape shape, KvType type, Order order, int pageTokens, int capacity, boolean heap) {
    this.shape = shape;
    this.type = type;
    this.order = order;
    this.pageTokens = pageTokens;
    rowBytes = (long) shape.headDim() * type.bytes();
    keys = new double[capacity][shape.kvHeads()][shape.headDim()];
    values = new double[capacity][shape.kvHeads()][shape.headDim()];
    for (int page = 0; page * pageTokens < capacity; page++) {
      if (order == Order.INTERLEAVED) {
        MemorySegment both = memory(2L * pageTokens * rowBytes * shape.kvHeads(), heap);
        pages.add(new Page.Host(both, both.asSlice(rowBytes)));
      } else {
        long bytes =
            pageTokens * keyTokenStride() * (order == Order.HEAD_MAJOR ? shape.kvHeads() : 1);
        pages.add(new Page.Host(memory(bytes, heap), memory(bytes, heap)));
      }
    }
  }

  private static MemorySegment memory(long bytes, boolean heap) {
    return heap
        ? MemorySegment.ofArray(new byte[Math.toIntExact(bytes)])
        : Arena.ofAuto().allocate(bytes, 64);
  }

  /** Appends random tokens; a few coordinates are large, as in real models. */
  TestCache fill(Random random, int tokens) {
    return fill(random, tokens, (token, head, j) -> random.nextGaussian() * (j % 31 == 5 ? 6 : 1));
  }

  /** Coordinate {@code j} of a key. */
  @FunctionalInterface
  interface Keys {
    double coordinate(int token, int head, int j);
  }

  /** Appends tokens with keys of choice and random values. */
  TestCache fill(Random random, int tokens, Keys source) {
    for (int i = 0; i < tokens; i++, length++) {
      for (int head = 0; head < shape.kvHeads(); head++) {
        for (int j = 0; j < shape.headDim(); j++) {
          keys[length][head][j] = store(true, length, head, j, source.coordinate(length, head, j));
          values[length][head][j] = store(false, length, head, j, random.nextGaussian());
        }
      }
    }
    return this;
  }

  /** Sets the calibration length, 256 otherwise. */
  TestCache calibratedOn(int tokens) {
    calibrationLength = tokens;
    return this;
  }

  /** Forgets the last tokens. */
  void truncate(int tokens) {
    length = tokens;
    generation++;
  }

  private double store(boolean key, int token, int head, int j, double number) {
    Page.Host page = pages.get(token / pageTokens);
    MemorySegment segment = key ? page.keys() : page.values();
    long at =
        token % pageTokens * keyTokenStride() + head * keyHeadStride() + (long) j * type.bytes();
    float stored = (float) number;
    switch (type) {
      case F32 -> segment.set(FLOAT, at, stored);
      case F16 -> {
        short bits = Float.floatToFloat16(stored);
        segment.set(SHORT, at, bits);
        stored = Float.float16ToFloat(bits);
      }
      case BF16 -> {
        int bits = Float.floatToRawIntBits(stored) & 0xFFFF0000;
        segment.set(SHORT, at, (short) (bits >> 16));
        stored = Float.intBitsToFloat(bits);
      }
    }
    return stored;
  }

  /** For messages. */
  String describe() {
    return "%d tokens of %s in %s pages of %d".formatted(length, type, order, pageTokens);
  }

  /** The key's coordinates exactly as stored. */
  double[] key(int token, int head) {
    return keys[token][head];
  }

  /** The value's coordinates exactly as stored. */
  double[] value(int token, int head) {
    return values[token][head];
  }

  @Override
  public ModelShape shape() {
    return shape;
  }

  @Override
  public KvType type() {
    return type;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public long generation() {
    return generation;
  }

  @Override
  public int calibrationLength() {
    return calibrationLength;
  }

  @Override
  public int tokensPerPage() {
    return pageTokens;
  }

  @Override
  public long keyTokenStride() {
    return switch (order) {
      case HEAD_MAJOR -> rowBytes;
      case TOKEN_MAJOR -> rowBytes * shape.kvHeads() + 6;
      case INTERLEAVED -> 2 * rowBytes * shape.kvHeads();
    };
  }

  @Override
  public long keyHeadStride() {
    return switch (order) {
      case HEAD_MAJOR -> rowBytes * pageTokens;
      case TOKEN_MAJOR -> rowBytes;
      case INTERLEAVED -> 2 * rowBytes;
    };
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
    return pages.get(index);
  }
}
