package dev.adamas.eval.metric;

import java.util.List;
import java.util.Locale;

/** Several expected answers: the share that the given one contains, as RULER scores them. */
public final class Contained {

  private Contained() {}

  /** The share of the expected texts that occur in the answer, in whatever case. */
  public static double share(String prediction, List<String> expected) {
    String answer = prediction.toLowerCase(Locale.ROOT);
    long found =
        expected.stream().filter(text -> answer.contains(text.toLowerCase(Locale.ROOT))).count();
    return (double) found / expected.size();
  }
}
