package dev.adamas.tck;

import dev.adamas.api.Selector;
import dev.adamas.tck.lab.Expect;
import dev.adamas.tck.lab.KvData;
import dev.adamas.tck.lab.Seed;
import dev.adamas.tck.lab.StageCall;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** What a selector must do. */
public final class SelectorChecks {

  private final Supplier<? extends Selector> maker;

  private SelectorChecks(Supplier<? extends Selector> maker) {
    this.maker = maker;
  }

  /**
   * The checks.
   *
   * @param maker makes the selector, with the same settings at each call
   */
  public static List<Check> of(Supplier<? extends Selector> maker) {
    SelectorChecks checks = new SelectorChecks(maker);
    List<Check> all = new ArrayList<>(new PureChecks<Selector>(maker, _ -> calls()).checks());
    all.add(
        new Check(
            "within-budget",
            "Selects at least one and at most the budget of the codes there are, and all of them"
                + " where the budget covers them.",
            checks::budget));
    all.add(
        new Check(
            "ascending", "Writes ordinals in ascending order, each once.", checks::ascending));
    all.add(new Check("ties-lowest-first", "Gives ties to the lowest ordinals.", checks::ties));
    all.add(
        new Check(
            "nan-last", "Selects no NaN while there are numbers to select.", checks::nanLast));
    all.add(
        new Check(
            "forced-first",
            "Always selects codes of negative infinity, which is how sinks and recent tokens are"
                + " forced.",
            checks::forced));
    return List.copyOf(all);
  }

  private static StageCall<Selector> select(float[] scores, int budget) {
    return new StageCall<>(
        "select %d of %d".formatted(budget, scores.length),
        List.of(StageCall.bytes(scores)),
        Math.min(budget, scores.length) * Integer.BYTES,
        (stage, in, out) ->
            stage.select(in.getFirst(), scores.length, budget, out) * Integer.BYTES);
  }

  private int[] selected(float[] scores, int budget) {
    Selector selector = maker.get();
    byte[] room = new byte[(Math.min(budget, scores.length) + 64) * Integer.BYTES];
    int count =
        selector.select(
            MemorySegment.ofArray(StageCall.bytes(scores)),
            scores.length,
            budget,
            MemorySegment.ofArray(room));
    Expect.that(
        count >= 1 && count <= Math.min(budget, scores.length),
        "It says that it selected %d of %d codes with a budget of %d.",
        count,
        scores.length,
        budget);
    return Arrays.copyOf(StageCall.ints(room), count);
  }

  private static float[] scores(String salt, int count) {
    return KvData.query(Seed.random("selector", salt, count), count);
  }

  private static List<StageCall<Selector>> calls() {
    List<StageCall<Selector>> calls = new ArrayList<>();
    for (int count : List.of(1, 3, 127, 1025)) {
      for (int budget : List.of(1, 2, 64, 1025)) {
        calls.add(select(scores("calls", count), budget));
      }
    }
    return calls;
  }

  private void budget() {
    for (int count : List.of(1, 3, 64, 127, 1024, 4097)) {
      for (int budget : List.of(1, 2, 63, 128, 4096, 5000)) {
        int[] selected = selected(scores("budget", count), budget);
        Expect.that(
            budget < count || selected.length == count,
            "It selected %d of %d codes with a budget of %d, which covers all.",
            selected.length,
            count,
            budget);
      }
    }
  }

  private void ascending() {
    for (int count : List.of(5, 127, 1500)) {
      for (int budget : List.of(2, 50, 1499)) {
        int[] selected = selected(scores("ascending", count), budget);
        for (int i = 0; i < selected.length; i++) {
          Expect.that(
              selected[i] >= 0 && selected[i] < count && (i == 0 || selected[i] > selected[i - 1]),
              "Of %d codes it selected %s; ordinals must ascend and exist.",
              count,
              Arrays.toString(Arrays.copyOf(selected, Math.min(12, selected.length))));
        }
      }
    }
  }

  private void ties() {
    for (float value : new float[] {0, -3.5f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      checkPrefix(value, value);
    }
    checkPrefix(0f, -0f);
    RandomGenerator random = Seed.random("ties");
    float[] scores = new float[700];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = random.nextInt(3);
    }
    int[] selected = selected(scores, 300);
    float worst = Float.NEGATIVE_INFINITY;
    for (int ordinal : selected) {
      worst = Math.max(worst, scores[ordinal]);
    }
    int next = 0;
    for (int ordinal : selected) {
      for (; next < ordinal; next++) {
        Expect.that(
            scores[next] > scores[ordinal] || scores[ordinal] < worst || scores[next] != worst,
            "It selected code %d and not code %d before it, which has the same score.",
            ordinal,
            next);
      }
      next = ordinal + 1;
    }
  }

  /** Equal scores, in two ways to write them. */
  private void checkPrefix(float even, float odd) {
    float[] scores = new float[130];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = i % 2 == 0 ? even : odd;
    }
    int[] selected = selected(scores, 40);
    for (int i = 0; i < selected.length; i++) {
      Expect.that(
          selected[i] == i,
          "All scores are %s, but code %d was selected before code %d.",
          even,
          selected[i],
          i);
    }
  }

  private void nanLast() {
    float[] scores = scores("nan", 300);
    for (int i = 0; i < scores.length; i += 2) {
      scores[i] = Float.NaN;
    }
    scores[1] = Float.POSITIVE_INFINITY;
    for (int budget : List.of(1, 20, 150)) {
      for (int ordinal : selected(scores, budget)) {
        Expect.that(
            !Float.isNaN(scores[ordinal]),
            "With a budget of %d it selected code %d, whose score is NaN, among 150 numbers.",
            budget,
            ordinal);
      }
    }
  }

  private void forced() {
    float[] scores = scores("forced", 500);
    for (int i = 0; i < 30; i++) {
      scores[i < 10 ? i : 500 - i] = Float.NEGATIVE_INFINITY;
    }
    for (int budget : List.of(30, 31, 200)) {
      List<Integer> selected = Arrays.stream(selected(scores, budget)).boxed().toList();
      for (int i = 0; i < scores.length; i++) {
        Expect.that(
            scores[i] != Float.NEGATIVE_INFINITY || selected.contains(i),
            "With a budget of %d it left out code %d, which is forced.",
            budget,
            i);
      }
    }
  }
}
