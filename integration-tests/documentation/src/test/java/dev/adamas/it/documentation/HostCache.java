package dev.adamas.it.documentation;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A host's cache of one layer: float32, one page, {@code [token][kvHead][headDim]}. A view is asked
 * at every call, so it may simply be the cache itself.
 */
final class HostCache implements KvView {

  private final ModelShape shape;
  private final int capacity;
  private final MemorySegment keys;
  private final MemorySegment values;
  private int length;
  private long generation;
  private int calibrationLength = Integer.MAX_VALUE;

  /** An empty cache; its arena must allow access by the engine's threads. */
  HostCache(Arena arena, ModelShape shape, int capacity) {
    this.shape = shape;
    this.capacity = capacity;
    keys = arena.allocate(keyTokenStride() * capacity, 64);
    values = arena.allocate(keyTokenStride() * capacity, 64);
  }

  void append(float[] newKeys, float[] newValues, int tokens) {
    long at = length * keyTokenStride();
    MemorySegment.copy(newKeys, 0, keys, ValueLayout.JAVA_FLOAT, at, newKeys.length);
    MemorySegment.copy(newValues, 0, values, ValueLayout.JAVA_FLOAT, at, newValues.length);
    length += tokens;
  }

  void truncate(int newLength) {
    length = newLength;
    generation++;
  }

  /** Quantisers calibrate on the prompt, or on its first 256 tokens to come where it is shorter. */
  void endPrefill() {
    calibrationLength = Math.max(256, length);
  }

  @Override
  public ModelShape shape() {
    return shape;
  }

  @Override
  public KvType type() {
    return KvType.F32;
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
    return capacity;
  }

  @Override
  public long keyTokenStride() {
    return keyHeadStride() * shape.kvHeads();
  }

  @Override
  public long keyHeadStride() {
    return (long) type().bytes() * shape.headDim();
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
    return new Page.Host(keys, values);
  }
}
