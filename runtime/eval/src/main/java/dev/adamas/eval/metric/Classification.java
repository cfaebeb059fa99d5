package dev.adamas.eval.metric;

import java.util.ArrayList;
import java.util.List;

/** Classification as LongBench scores it: which class names the answer contains. */
public final class Classification {

  private Classification() {}

  /**
   * One divided by the number of classes named where the expected one is among them, else 0. A
   * class whose name is part of the expected one's does not count.
   */
  public static double score(String prediction, String expected, List<String> classes) {
    List<String> named = new ArrayList<>(classes.stream().filter(prediction::contains).toList());
    // The reference removes while it iterates and so looks past the entry after a removed one.
    for (int i = 0; i < named.size(); i++) {
      String name = named.get(i);
      if (expected.contains(name) && !name.equals(expected)) {
        named.remove(name);
      }
    }
    return named.contains(expected) ? 1.0 / named.size() : 0;
  }
}
