package dev.adamas.baseline;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Transform;
import java.lang.foreign.MemorySegment;

/** {@code rows@1}: a key's code is the key, in float32. */
record Rows(ComponentSpec spec) implements Quantizer {

  static final String ID = "rows";

  Rows() {
    this(ComponentSpec.of(ID, 1));
  }

  @Override
  public int rowsPerCode() {
    return 1;
  }

  @Override
  public int codeBytes(int dim) {
    return dim * Float.BYTES;
  }

  @Override
  public boolean needsCalibration() {
    return false;
  }

  @Override
  public Quantizer calibrate(Transform transform, MemorySegment rows, int count, int keyDim) {
    return this;
  }

  @Override
  public void encode(MemorySegment rows, int count, int dim, MemorySegment codes) {
    MemorySegment.copy(rows, 0, codes, 0, (long) count * dim * Float.BYTES);
  }
}
