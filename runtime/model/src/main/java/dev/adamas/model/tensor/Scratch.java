package dev.adamas.model.tensor;

/** What one thread needs besides its operands; created once per thread, never shared. */
public final class Scratch {
  /** Values that a format without a product of its own decodes at a time. */
  static final int CHUNK = 256;

  final float[] chunk = new float[CHUNK];
  final float[] weights;
  final float[] tile = new float[Tile.ROWS * Panels.WIDTH];

  /**
   * Creates scratch memory.
   *
   * @param columns the most columns of any matrix it will be used with
   */
  public Scratch(int columns) {
    weights = new float[Math.multiplyExact(Tile.ROWS, columns)];
  }
}
