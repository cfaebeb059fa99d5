package dev.adamas.backend.vector;

/** One worker's scratch memory for attention; it grows to the largest shape it has met. */
final class Scratch {

  /** Tokens of a block (few query rows) and of a tile (many). */
  static final int TILE = 64;

  /** Pairs of query row and head that share a tile: the widening of a tile costs little beside. */
  static final int TILE_ROWS = 256;

  /** Distance of the rows of transposed values: no multiple of a cache line's power of two. */
  static final int TRANSPOSED_PITCH = TILE + 8;

  /** Keys of a tile, {@code [TILE][dim]}. */
  float[] keys = {};

  /** Values of a tile, {@code [TILE][dim]}. */
  float[] values = {};

  /** Values of a tile transposed, {@code [dim][TRANSPOSED_PITCH]}. */
  float[] transposed = {};

  /** One row in the order of the cache, {@code [dim]}. */
  float[] row = {};

  /** One row in the order of widened rows, {@code [dim]}. */
  float[] permuted = {};

  /** Queries: {@code [heads][dim]} or, in strips, {@code [strip][dim][STRIP]}. */
  float[] queries = {};

  /** Scores, then weights: {@code [heads][TILE]} or {@code [TILE][STRIP]}. */
  float[] scores = {};

  /** Products of two heads before their lanes are summed, {@code [2][TILE][Lanes.L]}. */
  final float[] products = new float[2 * Scores.PAIR];

  /** Weighted values, laid out as the queries. */
  float[] sums = {};

  /** Largest score of each row or head. */
  float[] largest = {};

  /** Sum of weights of each row or head. */
  float[] total = {};

  /** Where words read ahead go; without a use they would not be read. */
  long touched;

  /** Factors of a strip, {@code [STRIP]}. */
  final float[] factors = new float[TileProducts.STRIP];

  /** Makes room for {@code heads} query rows. */
  void forHeads(int heads, int dim) {
    reserve(heads, dim, heads * TILE);
  }

  /** Makes room for {@code rows} query rows in strips. */
  void forStrips(int rows, int dim) {
    reserve(Lanes.roundUp(rows, TileProducts.STRIP), dim, TILE * TileProducts.STRIP);
  }

  private void reserve(int rows, int dim, int scoreCount) {
    if (row.length < dim) {
      row = new float[dim];
      permuted = new float[dim];
      keys = new float[TILE * dim];
      values = new float[TILE * dim];
      transposed = new float[dim * TRANSPOSED_PITCH];
    }
    if (queries.length < rows * dim) {
      queries = new float[rows * dim];
      sums = new float[rows * dim];
    }
    if (largest.length < rows) {
      largest = new float[rows];
      total = new float[rows];
    }
    if (scores.length < scoreCount) {
      scores = new float[scoreCount];
    }
  }
}
