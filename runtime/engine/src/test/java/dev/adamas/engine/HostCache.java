package dev.adamas.engine;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;
import java.lang.foreign.MemorySegment;

/** A host's token-major float32 cache of one layer that doubles as its view. */
final class HostCache implements KvView {

  int length;
  long generation;
  int calibration = Integer.MAX_VALUE;
  private final ModelShape shape;
  private final int capacity;
  private final int row;
  private final float[] keys;
  private final float[] values;

  HostCache(ModelShape shape, int capacity) {
    this.shape = shape;
    this.capacity = capacity;
    row = shape.kvHeads() * shape.headDim();
    keys = new float[capacity * row];
    values = new float[capacity * row];
  }

  void add(Tokens tokens, int layer) {
    System.arraycopy(tokens.keys()[layer], 0, keys, length * row, tokens.count() * row);
    System.arraycopy(tokens.values()[layer], 0, values, length * row, tokens.count() * row);
    length += tokens.count();
  }

  /** One step of a session that is attached to these. */
  static float[] step(Session session, HostCache[] caches, Tokens tokens) {
    float[] all = new float[caches.length * tokens.queries()[0].length];
    for (int layer = 0; layer < caches.length; layer++) {
      caches[layer].add(tokens, layer);
      float[] output = tokens.attend(session, layer);
      System.arraycopy(output, 0, all, layer * output.length, output.length);
    }
    return all;
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
    return calibration;
  }

  @Override
  public int tokensPerPage() {
    return capacity;
  }

  @Override
  public long keyTokenStride() {
    return 4L * row;
  }

  @Override
  public long keyHeadStride() {
    return 4L * shape.headDim();
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
    return new Page.Host(MemorySegment.ofArray(keys), MemorySegment.ofArray(values));
  }
}
