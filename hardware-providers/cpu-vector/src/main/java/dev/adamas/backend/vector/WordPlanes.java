package dev.adamas.backend.vector;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Two-bit codes as words of 64 coordinates of one plane, one token per 64-bit lane, for machines
 * that count the bits of such a lane in one instruction.
 *
 * <p>Half a block, 32 tokens, holds for each word and plane four vectors of eight lanes; the fp16
 * scales follow the block. A count of a vector is final, where {@link CodePlanes} has to add eight
 * bytes per token: scoring takes half the instructions (code dot 0.9 against 1.7 ns per key and 64
 * coordinates on a Xeon of 2023).
 *
 * <p>Counts of the four vectors are packed into the four 16-bit quarters of a lane, and tokens are
 * permuted so that low and high halves of 32-bit lanes come out in order: token {@code t} of a half
 * block is quarter {@code s = 2·(t mod 16) + t/16}, in vector {@code s mod 4}, lane {@code s / 4}.
 */
final class WordPlanes implements CodeLayout {

  /** Codes that are scored together: half a block. */
  static final int HALF = SparseIndex.BLOCK / 2;

  /** Bytes of one plane of one word of half a block. */
  static final int ROW = HALF * Long.BYTES;

  private static final int PLANES = 2;
  private static final int VECTORS = 4;

  /** Bits of a half-word are counted in 16 bits, which more coordinates would overflow. */
  private static final int MOST_WORDS = 2;

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int words;
  private final boolean scaled;

  WordPlanes(int dim, boolean scaled) {
    words = dim / Long.SIZE;
    this.scaled = scaled;
  }

  /** Whether this layout has kernels here for codes of that many bits. */
  static boolean fits(int bits, int dim) {
    return Machine.COUNTS_WORDS
        && bits == PLANES
        && dim % Long.SIZE == 0
        && dim / Long.SIZE <= MOST_WORDS;
  }

  int words() {
    return words;
  }

  @Override
  public boolean scaled() {
    return scaled;
  }

  @Override
  public int scalesAt() {
    return 2 * words * PLANES * ROW;
  }

  @Override
  public int blockBytes() {
    return scalesAt() + (scaled ? SparseIndex.BLOCK * Short.BYTES : 0);
  }

  @Override
  public void place(byte[] code, int from, MemorySegment blocks, long block, int ordinal) {
    int token = ordinal % HALF;
    int quarter = 2 * (token % 16) + token / 16;
    long lane =
        block
            + (long) (ordinal / HALF) * words * PLANES * ROW
            + (long) (quarter % VECTORS) * (ROW / VECTORS)
            + (long) (quarter / VECTORS) * Long.BYTES;
    for (int word = 0; word < words; word++) {
      for (int plane = 0; plane < PLANES; plane++) {
        long bits = (long) CodeLayout.WORD.get(code, from + (plane * words + word) * Long.BYTES);
        blocks.set(LONG, lane + (long) (word * PLANES + plane) * ROW, bits);
      }
    }
    if (scaled) {
      short scale = (short) CodeLayout.SCALE.get(code, from + PLANES * words * Long.BYTES);
      blocks.set(SHORT, block + scalesAt() + (long) ScoreScaled.lane(ordinal) * Short.BYTES, scale);
    }
  }

  /** Found out once, and only where codes are laid out. */
  private static final class Machine {
    static final boolean COUNTS_WORDS = Lanes.L == 16 && hasInstruction();

    /**
     * Linux names the instruction. No property of the JVM does, and without it the JVM counts bits
     * by table, for which bytes are the better layout.
     */
    private static boolean hasInstruction() {
      Path description = Path.of("/proc/cpuinfo");
      try {
        return Files.isReadable(description)
            && Files.readString(description).contains("avx512_vpopcntdq");
      } catch (IOException _) {
        return false;
      }
    }
  }
}
