package dev.adamas.tck.lab;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Randomness that can be replayed: a fresh seed in each JVM, named in the failures that depend on
 * it; {@code -Dadamas.seed=N} sets it.
 */
public final class Seed {

  private static final long SEED = choose();

  private Seed() {}

  private static long choose() {
    String given = System.getProperty("adamas.seed", "");
    return given.isBlank() ? System.nanoTime() & 0xffff_ffffL : Long.parseLong(given.strip());
  }

  /** Numbers for one purpose: the same for the same seed and salt. */
  public static RandomGenerator random(Object... salt) {
    return new SplittableRandom(of(salt));
  }

  /** A seed for one purpose. */
  public static long of(Object... salt) {
    return SEED * 31 + Arrays.deepHashCode(salt);
  }

  /** How to repeat a run, for messages. */
  public static String hint() {
    return "-Dadamas.seed=" + SEED + " repeats it";
  }
}
