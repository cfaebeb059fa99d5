package com.example.blocked;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Transform;
import java.lang.foreign.MemorySegment;

/**
 * {@code int8@1}: the largest coordinate of a key becomes ±127. A code is a byte per coordinate,
 * then the scale as float32. A key with an infinite or invalid coordinate has the scale NaN and
 * ranks last everywhere.
 */
final class Int8 implements Quantizer {

  static final String ID = "int8";

  /** Bytes of a scale. */
  static final int SCALE_BYTES = Float.BYTES;

  private static final ComponentSpec SPEC = ComponentSpec.of(ID, 1);
  private static final int LARGEST = 127;

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
    return dim + SCALE_BYTES;
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
    for (int row = 0; row < count; row++) {
      long source = 4L * row * dim;
      long target = (long) row * codeBytes(dim);
      float largest = 0;
      for (int j = 0; j < dim; j++) {
        // Math.max hands a NaN on.
        largest = Math.max(largest, Math.abs(rows.get(Layouts.FLOAT, source + 4L * j)));
      }
      float scale = scale(largest);
      for (int j = 0; j < dim; j++) {
        codes.set(Layouts.BYTE, target + j, code(rows.get(Layouts.FLOAT, source + 4L * j), scale));
      }
      codes.set(Layouts.FLOAT, target + dim, scale);
    }
  }

  @Override
  public boolean decodes() {
    return true;
  }

  @Override
  public void decode(MemorySegment codes, int count, int dim, MemorySegment rows) {
    for (int row = 0; row < count; row++) {
      long source = (long) row * codeBytes(dim);
      float scale = codes.get(Layouts.FLOAT, source + dim);
      for (int j = 0; j < dim; j++) {
        rows.set(
            Layouts.FLOAT,
            4L * (row * (long) dim + j),
            codes.get(Layouts.BYTE, source + j) * scale);
      }
    }
  }

  /** What a step of one is worth; NaN where the largest coordinate is not finite. */
  static float scale(float largest) {
    return largest <= Float.MAX_VALUE ? largest / LARGEST : Float.NaN;
  }

  /** The code of a coordinate; 0 where the scale is 0 or NaN. */
  static byte code(float coordinate, float scale) {
    return scale > 0 ? (byte) Math.clamp((int) Math.rint(coordinate / scale), -127, 127) : 0;
  }
}
