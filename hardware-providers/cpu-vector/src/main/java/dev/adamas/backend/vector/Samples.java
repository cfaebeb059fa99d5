package dev.adamas.backend.vector;

/**
 * Sizes of the samples that selections guess a limit from: a few blocks of scores, spread over all
 * of them.
 */
final class Samples {

  private static final int BLOCK = SparseIndex.BLOCK;
  private static final int MIN_BLOCKS = 4;
  private static final int MAX_BLOCKS = SparseIndex.CHUNK / BLOCK;

  /** With fewer codes a sample saves nothing. */
  private static final int CODES = 1024;

  private Samples() {}

  /** Whether a sample saves time; not where more than a quarter of the codes is wanted. */
  static boolean pay(int codes, int wanted) {
    return codes >= CODES && wanted <= codes / 4;
  }

  /** Blocks of a sample of {@code whole} blocks; at most a chunk. */
  static int blocks(int whole) {
    return Math.clamp(whole / 16, MIN_BLOCKS, MAX_BLOCKS);
  }

  /** First code of a block of the sample. */
  static int first(int block, int blocks, int whole) {
    return (int) ((long) block * whole / blocks) * BLOCK;
  }

  /**
   * Which of the sampled scores is the limit, so that somewhat more than are wanted should pass.
   */
  static int rank(int sampled, int codes, int wanted) {
    float expected = (float) ((double) wanted * sampled / codes);
    return Math.min(sampled, (int) Math.ceil(expected + 3 * Math.sqrt(expected) + 2));
  }
}
