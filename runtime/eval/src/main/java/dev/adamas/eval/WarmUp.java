package dev.adamas.eval;

import java.util.Arrays;

/**
 * Says when a process is warm: when none of several things gets faster any more, the compiler
 * having done its work, or after a time, because a busy machine never comes to rest.
 *
 * <p>The first rounds of a fresh process run half-compiled code, and the more code a thing has the
 * longer it suffers: fused kernels measured there look slower than plain ones that they beat twice.
 */
public final class WarmUp {

  /** Rounds that are compared with as many before them. */
  private static final int WINDOW = 5;

  /** Less than this share of the time before counts as faster; less than that is noise. */
  private static final double FASTER = 0.97;

  private final long atLeastNanos;
  private final long atMostNanos;

  /** Times {@code [round modulo 2 windows][thing]}. */
  private final double[][] last = new double[2 * WINDOW][];

  private int rounds;

  /**
   * Nothing was done yet.
   *
   * @param atLeastNanos compilers run in the background and late, so that the first plateau is
   *     often not the last
   * @param atMostNanos after which it is over in any case
   */
  public WarmUp(long atLeastNanos, long atMostNanos) {
    this.atLeastNanos = atLeastNanos;
    this.atMostNanos = atMostNanos;
  }

  /** Rounds so far. */
  public int rounds() {
    return rounds;
  }

  /**
   * Counts a round.
   *
   * @param times of each thing, in any unit
   * @param nanos since the warm-up began
   * @return whether it is over
   */
  public boolean over(double[] times, long nanos) {
    last[rounds % last.length] = times.clone();
    rounds++;
    if (nanos >= atMostNanos) {
      return true;
    }
    if (rounds < last.length || nanos < atLeastNanos) {
      return false;
    }
    for (int thing = 0; thing < times.length; thing++) {
      if (median(thing, rounds - WINDOW) < FASTER * median(thing, rounds - 2 * WINDOW)) {
        return false;
      }
    }
    return true;
  }

  private double median(int thing, int from) {
    double[] window = new double[WINDOW];
    Arrays.setAll(window, i -> last[(from + i) % last.length][thing]);
    Arrays.sort(window);
    return window[WINDOW / 2];
  }
}
