package dev.adamas.engine;

import java.lang.foreign.MemorySegment;
import java.util.Random;

/** Random data with a seed that failures print and {@code -Dadamas.seed=} replays. */
final class Randomness {

  private final long seed;
  private final Random random;

  private Randomness(long seed) {
    this.seed = seed;
    random = new Random(seed);
  }

  static Randomness fresh() {
    String given = System.getProperty("adamas.seed", "");
    Randomness randomness =
        new Randomness(given.isEmpty() ? System.nanoTime() : Long.parseLong(given));
    System.out.println("replay with -Dadamas.seed=" + randomness.seed);
    return randomness;
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  float[] gaussians(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  MemorySegment segment(int floats) {
    return MemorySegment.ofArray(gaussians(floats));
  }
}
