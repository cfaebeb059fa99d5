package dev.adamas.eval.task;

import java.util.List;
import java.util.SplittableRandom;

/** Numbers of five digits, the values that are hidden. */
final class Numbers {

  private Numbers() {}

  /** Different numbers, in the order in which they were drawn. */
  static List<String> distinct(int count, SplittableRandom random) {
    return random
        .ints(10_000, 100_000)
        .distinct()
        .limit(count)
        .mapToObj(Integer::toString)
        .toList();
  }
}
