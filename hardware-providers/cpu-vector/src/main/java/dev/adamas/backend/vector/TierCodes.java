package dev.adamas.backend.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Copies of the codes that a tail keeps of some tokens, of one kind: words of bits and scales where
 * kernels work on these, whole codes where stages do. One instance serves one worker.
 */
final class TierCodes {

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT = CacheRows.SHORT;
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

  /** Where a token is in its chunk. */
  private static final int MASK = TailIndex.CODES - 1;

  /** Words that are moved together, where vectors are as long. */
  private static final VectorSpecies<Long> WORDS = LongVector.SPECIES_256;

  private final boolean split;
  private final int planes;

  private long[] words = {};
  private short[] scales = {};
  private byte[] codes = {};
  private int count;

  /**
   * Copies of codes.
   *
   * @param split whether they are words of bits and a scale
   * @param planes words of a code that is split
   */
  TierCodes(boolean split, int planes) {
    this.split = split;
    this.planes = planes;
  }

  int count() {
    return count;
  }

  /** Words of a code. */
  int planes() {
    return planes;
  }

  /** Bits of the codes, {@code [count][planes]}. */
  long[] words() {
    return words;
  }

  /** Scales of the codes, fp16. */
  short[] scales() {
    return scales;
  }

  /** Whole codes, one after the other. */
  byte[] codes() {
    return codes;
  }

  private static int until(int[] tokens, int from, int count, int end) {
    int to = from;
    while (to < count && tokens[to] < end) {
      to++;
    }
    return to;
  }

  /**
   * Copies codes.
   *
   * @param own codes of tokens from {@code ownFrom} on, instead of those of the index
   */
  void read(
      TailIndex index,
      TailIndex.Part part,
      int kvHead,
      MemorySegment own,
      int ownFrom,
      int[] tokens,
      int count) {
    this.count = count;
    if (scales.length < count) {
      int room = Lanes.roundUp(count, SparseIndex.BLOCK);
      scales = new short[room];
      codes = new byte[split ? 0 : room * part.codeBytes()];
      words = new long[split ? room * planes : 0];
    }
    int stored = count;
    while (stored > 0 && tokens[stored - 1] >= ownFrom) {
      stored--;
    }
    for (int from = 0, to; from < stored; from = to) {
      int end = (tokens[from] / TailIndex.CODES + 1) * TailIndex.CODES;
      to = until(tokens, from, stored, end);
      MemorySegment chunk = index.codes(tokens[from]);
      long body = index.bodiesAt(kvHead) + part.body();
      long rest = index.restsAt(kvHead) + part.rest();
      if (split) {
        words(chunk, body, index.bodyPitch(), tokens, from, to, planes, words);
        scales(chunk, rest, index.restPitch(), tokens, from, to, scales);
      } else {
        wholes(chunk, body, index.bodyPitch(), rest, index.restPitch(), part, tokens, from, to);
      }
    }
    int codeBytes = part.codeBytes();
    for (int i = stored; i < count; i++) {
      long at = (long) (tokens[i] - ownFrom) * codeBytes;
      if (split) {
        word(own, at, planes, words, i * planes);
        scales[i] = own.get(SHORT, at + (long) planes * Long.BYTES);
      } else {
        MemorySegment.copy(own, BYTE, at, codes, i * codeBytes, codeBytes);
      }
    }
  }

  /** Loops of their own for codes of one, two and four words: twice as fast as one over words. */
  private static void words(
      MemorySegment chunk,
      long body,
      int pitch,
      int[] tokens,
      int from,
      int to,
      int planes,
      long[] words) {
    if (planes == 1) {
      for (int i = from; i < to; i++) {
        words[i] = chunk.get(LONG, body + (long) (tokens[i] & MASK) * pitch);
      }
    } else if (planes == 2) {
      for (int i = from; i < to; i++) {
        long at = body + (long) (tokens[i] & MASK) * pitch;
        words[2 * i] = chunk.get(LONG, at);
        words[2 * i + 1] = chunk.get(LONG, at + Long.BYTES);
      }
    } else if (Lanes.L >= 8 && planes == WORDS.length()) {
      for (int i = from; i < to; i++) {
        long at = body + (long) (tokens[i] & MASK) * pitch;
        LongVector.fromMemorySegment(WORDS, chunk, at, ByteOrder.LITTLE_ENDIAN)
            .intoArray(words, i * planes);
      }
    } else {
      for (int i = from; i < to; i++) {
        word(chunk, body + (long) (tokens[i] & MASK) * pitch, planes, words, i * planes);
      }
    }
  }

  private static void word(MemorySegment segment, long at, int planes, long[] words, int to) {
    for (int plane = 0; plane < planes; plane++) {
      words[to + plane] = segment.get(LONG, at + (long) plane * Long.BYTES);
    }
  }

  private static void scales(
      MemorySegment chunk, long rest, int pitch, int[] tokens, int from, int to, short[] scales) {
    for (int i = from; i < to; i++) {
      scales[i] = chunk.get(SHORT, rest + (long) (tokens[i] & MASK) * pitch);
    }
  }

  private void wholes(
      MemorySegment chunk,
      long body,
      int bodyPitch,
      long rest,
      int restPitch,
      TailIndex.Part part,
      int[] tokens,
      int from,
      int to) {
    for (int i = from; i < to; i++) {
      long token = tokens[i] & MASK;
      int row = i * part.codeBytes();
      int split = row + part.bodyBytes();
      MemorySegment.copy(chunk, BYTE, body + token * bodyPitch, codes, row, part.bodyBytes());
      MemorySegment.copy(chunk, BYTE, rest + token * restPitch, codes, split, part.restBytes());
    }
  }
}
