package dev.adamas.backend.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Brings codes of a tail that are wanted soon nearer, the nearest to a prefetch that Java has.
 * Loads between arithmetic that does not need them took longer than loads first and arithmetic
 * after them: 1.1 to 1.7 ms against 0.9 ms. One instance serves one worker.
 */
final class CodeTouch {

  private static final int LINE = 64;

  private final int[] next;
  private final int[] chunkTokens;

  /** Where touched words go; without a use they would not be read. */
  @SuppressWarnings("UnusedVariable")
  private long touched;

  CodeTouch(int lists) {
    next = new int[lists];
    chunkTokens = new int[lists * TailIndex.CODES];
  }

  /**
   * Reads a word of each code that is wanted, so that many loads are under way at once: codes lie
   * here and there, most of them in memory. A chunk of the index is gone through for all lists
   * before the next, which spares address translation.
   *
   * @param end tokens from it on are not in the index
   * @param tokens of each list, ascending
   */
  void ask(TailIndex index, int kvHead, int end, int[][] tokens, int[] counts, int lists) {
    Arrays.fill(next, 0, lists, 0);
    int bodyBytes = index.bodyPitch();
    int restBytes = index.restPitch();
    for (int first = 0; first < end; first += TailIndex.CODES) {
      int to = Math.min(end, first + TailIndex.CODES);
      int wanted = 0;
      for (int list = 0; list < lists; list++) {
        int from = next[list];
        next[list] = collect(tokens[list], from, counts[list], first, to, chunkTokens, wanted);
        wanted += next[list] - from;
      }
      MemorySegment chunk = index.codes(first);
      touched += touch(chunk, index.bodiesAt(kvHead), bodyBytes, chunkTokens, wanted);
      int restLines = (to - first) * restBytes / LINE;
      if (wanted >= restLines) {
        touched += touchAll(chunk, index.restsAt(kvHead), restLines);
      } else if (restBytes > 0) {
        touched += touch(chunk, index.restsAt(kvHead), restBytes, chunkTokens, wanted);
      }
    }
  }

  /**
   * Collects a chunk's tokens of a list, counted from its first.
   *
   * @return where the list goes on
   */
  private static int collect(
      int[] tokens, int from, int count, int first, int end, int[] into, int at) {
    int i = from;
    for (; i < count && tokens[i] < end; i++) {
      into[at + i - from] = tokens[i] - first;
    }
    return i;
  }

  private static long touch(MemorySegment chunk, long at, int stride, int[] rows, int count) {
    long sum = 0;
    for (int i = 0; i < count; i++) {
      sum += chunk.get(ValueLayout.JAVA_BYTE, at + (long) rows[i] * stride);
    }
    return sum;
  }

  /** Lines that lie one after the other, which the processor reads ahead. */
  private static long touchAll(MemorySegment chunk, long at, int lines) {
    long sum = 0;
    for (int i = 0; i < lines; i++) {
      sum += chunk.get(ValueLayout.JAVA_BYTE, at + (long) i * LINE);
    }
    return sum;
  }
}
