package dev.adamas.it.benchmarks;

import dev.adamas.api.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** How fast this machine reads memory: the floor of everything that walks a cache. */
final class ReadBandwidth {

  private static final long BYTES_PER_THREAD = 256L << 20;
  private static final int ROUNDS = 7;
  private static final int LINE = 64;

  /** Bytes that an int counts, so that the compiler keeps range checks out of the loop. */
  private static final long SLICE = 1L << 20;

  private ReadBandwidth() {}

  /** The best of some rounds over memory far larger than the caches, in bytes per second. */
  static double measure(Workers workers) {
    int threads = workers.threads();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(BYTES_PER_THREAD * threads, 64);
      memory.fill((byte) 1);
      long[] sums = new long[threads * 16];
      Workers.Task task =
          (part, worker) ->
              sums[part * 16] += sum(memory.asSlice(part * BYTES_PER_THREAD, BYTES_PER_THREAD));
      long best = Long.MAX_VALUE;
      for (int round = 0; round < ROUNDS; round++) {
        long start = System.nanoTime();
        workers.run(threads, task);
        best = Math.min(best, System.nanoTime() - start);
      }
      if (sums[0] == 0) {
        throw new IllegalStateException("The memory was not read.");
      }
      return memory.byteSize() * 1e9 / best;
    }
  }

  /**
   * One word of each cache line, since a line comes from memory as a whole: reading all eight is
   * limited by the core, at a third of what the memory gives.
   */
  static long sum(MemorySegment memory) {
    long sum = 0;
    for (long from = 0; from < memory.byteSize(); from += SLICE) {
      sum += sumOfSlice(memory.asSlice(from, Math.min(SLICE, memory.byteSize() - from)));
    }
    return sum;
  }

  private static long sumOfSlice(MemorySegment slice) {
    int lines = (int) (slice.byteSize() / LINE);
    long a = 0;
    long b = 0;
    for (int line = 0; line < lines; line += 2) {
      a += slice.get(ValueLayout.JAVA_LONG, (long) line * LINE);
      b += slice.get(ValueLayout.JAVA_LONG, (long) (line + 1) * LINE);
    }
    return a + b;
  }
}
