package dev.adamas.api;

import java.lang.foreign.MemorySegment;

/**
 * Maps keys and queries into the space in which they are quantised, for example by a Hadamard
 * matrix.
 *
 * <p>A transform keeps dot products: {@code T(q)·T(k) = q·k} up to rounding.
 */
public non-sealed interface Transform extends Stage {

  /**
   * Coordinates of a transformed row; larger than {@code dim} where the transform pads with zeros.
   *
   * @throws IllegalArgumentException where the transform has no form for {@code dim}, saying which
   *     it has
   */
  int outputDim(int dim);

  /**
   * Transforms {@code rows} rows.
   *
   * @param source float32 {@code [rows][dim]}
   * @param rows at least 1
   * @param dim coordinates of a source row
   * @param target float32 {@code [rows][outputDim(dim)]}; does not overlap {@code source}
   */
  void apply(MemorySegment source, int rows, int dim, MemorySegment target);

  /** Whether {@link #invert} gives rows back. */
  default boolean invertible() {
    return false;
  }

  /**
   * Maps transformed rows back; sums of transformed rows give the sums of the rows.
   *
   * @param source float32 {@code [rows][outputDim(dim)]}
   * @param rows at least 1
   * @param dim coordinates of a target row
   * @param target float32 {@code [rows][dim]}; does not overlap {@code source}
   * @throws UnsupportedOperationException where the transform is not {@link #invertible}
   */
  default void invert(MemorySegment source, int rows, int dim, MemorySegment target) {
    throw new UnsupportedOperationException(
        spec() + " cannot be inverted; ask invertible() first.");
  }
}
