package dev.adamas.it.benchmarks;

import dev.adamas.api.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** How fast this machine reads memory: the floor of everything that walks a cache. */
final class ReadBandwidth {

  private static final long BYTES_PER_THREAD = 256L << 20;
  private static final int ROUNDS = 7;

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

  /** Eight independent sums, so that additions do not wait for each other. */
  static long sum(MemorySegment memory) {
    long a = 0;
    long b = 0;
    long c = 0;
    long d = 0;
    long e = 0;
    long f = 0;
    long g = 0;
    long h = 0;
    for (long i = 0; i <= memory.byteSize() - 64; i += 64) {
      a += memory.get(ValueLayout.JAVA_LONG, i);
      b += memory.get(ValueLayout.JAVA_LONG, i + 8);
      c += memory.get(ValueLayout.JAVA_LONG, i + 16);
      d += memory.get(ValueLayout.JAVA_LONG, i + 24);
      e += memory.get(ValueLayout.JAVA_LONG, i + 32);
      f += memory.get(ValueLayout.JAVA_LONG, i + 40);
      g += memory.get(ValueLayout.JAVA_LONG, i + 48);
      h += memory.get(ValueLayout.JAVA_LONG, i + 56);
    }
    return a + b + c + d + e + f + g + h;
  }
}
