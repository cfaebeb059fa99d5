package dev.adamas.it.benchmarks;

import java.util.Arrays;

/** Durations of repeated runs, in nanoseconds. */
final class Times {

  private final long[] nanos;
  private int count;

  Times(int capacity) {
    nanos = new long[capacity];
  }

  void add(long duration) {
    nanos[count++] = duration;
  }

  /** The value below which the given share of the runs lies, in milliseconds. */
  double quantile(double share) {
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    return sorted[(int) Math.min(count - 1, Math.floor(share * count))] / 1e6;
  }

  double median() {
    return quantile(0.5);
  }

  /**
   * The median of how many times as long as others these took, run by run: what a machine whose
   * speed changes does to both runs of a pair cancels out.
   */
  double medianOver(Times others) {
    double[] ratios = new double[Math.min(count, others.count)];
    Arrays.setAll(ratios, i -> (double) nanos[i] / others.nanos[i]);
    Arrays.sort(ratios);
    return ratios[ratios.length / 2];
  }
}
