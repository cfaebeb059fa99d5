package dev.adamas.policy;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Transform;
import java.lang.foreign.MemorySegment;

/** {@code identity@1}: keys and queries as they are. */
record Identity(ComponentSpec spec) implements Transform {

  static final String ID = "identity";

  Identity() {
    this(ComponentSpec.of(ID, 1));
  }

  @Override
  public int outputDim(int dim) {
    return dim;
  }

  @Override
  public void apply(MemorySegment source, int rows, int dim, MemorySegment target) {
    MemorySegment.copy(source, 0, target, 0, (long) rows * dim * Float.BYTES);
  }

  @Override
  public boolean invertible() {
    return true;
  }

  @Override
  public void invert(MemorySegment source, int rows, int dim, MemorySegment target) {
    apply(source, rows, dim, target);
  }
}
