package com.example.broken;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Transform;
import java.lang.foreign.MemorySegment;

/** {@code blank@1}: one byte per key, always 0. */
final class Blank implements Quantizer {

  static final String ID = "blank";

  private static final ComponentSpec SPEC = ComponentSpec.of(ID, 1);

  @Override
  public ComponentSpec spec() {
    return SPEC;
  }

  @Override
  public int rowsPerCode() {
    return 1;
  }

  @Override
  public int codeBytes(int dim) {
    return 1;
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
    codes.asSlice(0, count).fill((byte) 0);
  }
}
