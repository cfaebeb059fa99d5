package dev.adamas.tck;

import dev.adamas.api.Budget;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.KvType;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.Support;
import dev.adamas.api.Tail;
import dev.adamas.tck.lab.BackendLab;
import dev.adamas.tck.lab.BackendLab.Case;
import dev.adamas.tck.lab.CheckWorkers;
import dev.adamas.tck.lab.Expect;
import dev.adamas.tck.lab.KvData;
import dev.adamas.tck.lab.KvMemory;
import dev.adamas.tck.lab.Observed;
import dev.adamas.tck.lab.Seed;
import dev.adamas.tck.lab.Sequence;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Which tokens a backend selects, and what it computes from them. */
final class SelectionChecks {

  private final BackendLab lab;

  SelectionChecks(BackendLab lab) {
    this.lab = lab;
  }

  List<Check> checks() {
    return List.of(
        new Check(
            "same-selection",
            "Selects the tokens that the scalar backend selects, bit for bit, over plans, number"
                + " formats, layouts and lengths.",
            this::sameSelection),
        new Check(
            "same-output",
            "Computes the outputs of the scalar backend within the tolerance.",
            this::sameOutput),
        new Check(
            "ties-lowest-first",
            "Gives ties to the lowest position, and reports positions in ascending order.",
            this::ties),
        new Check(
            "budget",
            "Selects no more than the budget and no more than there is, and attends densely where"
                + " the budget covers every token.",
            this::budget),
        new Check(
            "forced-tokens",
            "Always selects the sinks and the recent tokens, inside the budget.",
            this::forced),
        new Check(
            "group-rule",
            "Selects per query head or once per KV head, as the plan says.",
            this::groupRule),
        new Check(
            "query-rows",
            "Treats several query rows as causal: a row sees the tokens up to its own.",
            this::queryRows));
  }

  /** Compares one step of a backend with the oracle's. */
  private interface Comparison {
    Optional<String> difference(Case c, Observed actual, Observed expected);
  }

  private void sameSelection() throws Exception {
    compare((c, actual, expected) -> actual.selectionDifference(expected), 1);
  }

  private void sameOutput() throws Exception {
    compare((c, actual, expected) -> actual.outputDifference(expected, tolerance(c)), 1);
  }

  static double tolerance(Case c) {
    boolean tail = c.sparse().map(s -> !(s.tail() instanceof Tail.None)).orElse(false);
    return tail ? BackendChecks.TAIL_TOLERANCE : BackendChecks.TOLERANCE;
  }

  /** Every plan at every length, with data, format and layout taken in turn. */
  private void compare(Comparison comparison, int rows) throws Exception {
    RandomGenerator random = Seed.random("compare", rows);
    lab.with(
        backend -> {
          try (ComputeBackend oracle = lab.oracle()) {
            int turn = random.nextInt(1000);
            for (Case c : lab.cases(backend)) {
              turn++;
              for (int length : lab.lengths()) {
                // Long contexts take long; a third of the plans meets them in a run.
                if (length >= rows && (length < 1000 || (rows == 1 && turn % 3 == 0))) {
                  compare(backend, oracle, c, length, rows, turn * 7 + length, random, comparison);
                }
              }
            }
          }
        });
  }

  private void compare(
      ComputeBackend backend,
      ComputeBackend oracle,
      Case c,
      int length,
      int rows,
      int turn,
      RandomGenerator random,
      Comparison comparison) {
    KvMemory cache =
        lab.cache(
            c,
            keys(turn),
            List.of(KvType.values()).get(turn % 3),
            KvMemory.Layout.ALL.get(turn % KvMemory.Layout.ALL.size()),
            length);
    float[] queries = BackendLab.queries(c, rows, random);
    Observed actual = step(backend, c.accepted(), cache, queries);
    if (!(oracle.probe(c.plan(), c.shape()) instanceof Support.Accepted reference)) {
      return;
    }
    Observed expected = step(oracle, reference, cache, queries);
    comparison
        .difference(c, actual, expected)
        .ifPresent(
            difference -> {
              throw Expect.failure(
                  "%s over %s (%s keys, %d rows): %s; %s.",
                  c, cache.describe(), keys(turn), rows, difference, Seed.hint());
            });
  }

  /** Every kind but equal ones, which have a check of their own. */
  private static KvData.Keys keys(int turn) {
    List<KvData.Keys> kinds = List.of(KvData.Keys.values());
    return kinds.get(turn % (kinds.size() - 1));
  }

  private static Observed step(
      ComputeBackend backend, Support.Accepted accepted, KvMemory cache, float[] queries) {
    try (Sequence sequence = new Sequence(backend, accepted, cache, new CheckWorkers(1))) {
      return sequence.follow().attend(queries);
    }
  }

  private void ties() throws Exception {
    RandomGenerator random = Seed.random("ties");
    lab.with(
        backend -> {
          for (Case c : lab.cases(backend, plan -> plan instanceof LayerPlan.Sparse)) {
            for (int length : List.of(300, 701)) {
              KvMemory cache =
                  lab.cache(c, KvData.Keys.EQUAL, KvType.F32, KvMemory.Layout.USUAL, length);
              Observed step = step(backend, c.accepted(), cache, BackendLab.queries(c, 1, random));
              step.selections().forEach((place, selected) -> checkTies(c, place, selected, length));
            }
          }
        });
  }

  private static void checkTies(Case c, Observed.Place place, int[] selected, int length) {
    LayerPlan.Sparse plan = c.sparse().orElseThrow();
    int page = plan.pipeline().quantizer().rowsPerCode();
    int firstRecent = plan.recent() == 0 ? length : Math.max(0, length - plan.recent());
    firstRecent -= firstRecent == length ? 0 : firstRecent % page;
    for (int i = 0; i < selected.length; i++) {
      Expect.that(
          i == 0 || selected[i] > selected[i - 1],
          "%s, %s: it reported position %d after %d; positions must ascend.",
          c,
          place,
          selected[i],
          i == 0 ? -1 : selected[i - 1]);
      Expect.that(
          selected[i] == i || selected[i] >= firstRecent,
          "%s, %s: all keys are equal, but position %d was selected before position %d.",
          c,
          place,
          selected[i],
          i);
    }
  }

  private void budget() throws Exception {
    RandomGenerator random = Seed.random("budget");
    lab.with(
        backend -> {
          for (Case c : lab.cases(backend)) {
            for (int length : List.of(2, 60, 300, 701)) {
              KvMemory cache = lab.cache(c, length);
              Observed step = step(backend, c.accepted(), cache, BackendLab.queries(c, 1, random));
              checkBudget(c, step, length);
            }
          }
        });
  }

  static void checkBudget(Case c, Observed step, int length) {
    boolean topP = c.sparse().map(s -> s.budget() instanceof Budget.TopP).orElse(false);
    int limit = limit(c.plan(), length);
    step.selections()
        .forEach(
            (place, selected) -> {
              Expect.that(
                  selected.length <= limit,
                  "%s, %s: it selected %d of %d tokens, more than the budget of %d.",
                  c,
                  place,
                  selected.length,
                  length,
                  limit);
              Expect.that(
                  selected.length > 0 && selected[selected.length - 1] < length,
                  "%s, %s: it selected %d tokens up to position %d of a cache of %d tokens.",
                  c,
                  place,
                  selected.length,
                  selected.length == 0 ? -1 : selected[selected.length - 1],
                  length);
            });
    Expect.that(
        topP || limit < length || step.selections().isEmpty(),
        "%s: the budget of %d covers all %d tokens, so it must attend densely, but it selected.",
        c,
        limit,
        length);
    long visible = step.costs().containsKey(0) ? step.costs().get(0).visibleTokens() : -1;
    Expect.that(
        topP || limit < length || visible == (long) length * c.shape().queryHeads(),
        "%s: the budget covers all %d tokens, but it attended to %d tokens of %d query heads.",
        c,
        length,
        visible,
        c.shape().queryHeads());
  }

  /** Tokens that a row may see; a budget below one code is one code. */
  static int limit(LayerPlan plan, int length) {
    return switch (plan) {
      case LayerPlan.Dense _ -> length;
      case LayerPlan.Window(int sinks, int recent) -> (int) Math.min(length, (long) sinks + recent);
      case LayerPlan.Sparse sparse ->
          Math.min(
              length,
              Math.max(sparse.budget().limit(length), sparse.pipeline().quantizer().rowsPerCode()));
    };
  }

  private void forced() throws Exception {
    RandomGenerator random = Seed.random("forced");
    lab.with(
        backend -> {
          for (Case c :
              lab.cases(
                  backend,
                  p ->
                      p instanceof LayerPlan.Window
                          || (p instanceof LayerPlan.Sparse s && s.sinks() + s.recent() > 0))) {
            int length = 701;
            Observed step =
                step(backend, c.accepted(), lab.cache(c, length), BackendLab.queries(c, 1, random));
            step.selections().forEach((place, selected) -> checkForced(c, place, selected, length));
          }
        });
  }

  private static void checkForced(Case c, Observed.Place place, int[] selected, int length) {
    int sinks = c.sparse().map(LayerPlan.Sparse::sinks).orElse(0);
    int recent = c.sparse().map(LayerPlan.Sparse::recent).orElse(0);
    if (c.plan() instanceof LayerPlan.Window window) {
      sinks = window.sinks();
      recent = window.recent();
    }
    List<Integer> seen = java.util.Arrays.stream(selected).boxed().toList();
    for (int i = 0; i < sinks; i++) {
      Expect.that(seen.contains(i), "%s, %s: sink %d was not selected.", c, place, i);
    }
    for (int i = length - recent; i < length; i++) {
      Expect.that(
          seen.contains(i),
          "%s, %s: position %d is one of the %d recent tokens of %d and was not selected.",
          c,
          place,
          i,
          recent,
          length);
    }
  }

  private void groupRule() throws Exception {
    RandomGenerator random = Seed.random("group");
    lab.with(
        backend -> {
          for (Case c : lab.cases(backend, plan -> plan instanceof LayerPlan.Sparse)) {
            if (c.shape().groupSize() > 1) {
              checkGroup(backend, c, random);
            }
          }
        });
  }

  private void checkGroup(ComputeBackend backend, Case c, RandomGenerator random) {
    KvMemory cache = lab.cache(c, 701);
    float[] queries = BackendLab.queries(c, 1, random);
    float[] changed = BackendLab.queries(c, 1, random);
    int group = c.shape().groupSize();
    boolean shared = c.sparse().orElseThrow().groupRule() == LayerPlan.GroupRule.SHARED;
    // What the selection of head 0 may depend on stays; all other queries change.
    int kept = c.shape().headDim() * (shared ? group : 1);
    System.arraycopy(queries, 0, changed, 0, kept);
    Observed before = step(backend, c.accepted(), cache, queries);
    Observed after = step(backend, c.accepted(), cache, changed);
    Expect.that(
        java.util.Arrays.equals(selection(before, 0), selection(after, 0)),
        "%s: the selection of query head 0 changed with the query of a head that it %s.",
        c,
        shared ? "shares no KV head with" : "must not share a selection with");
    for (int head = 0; shared && head < c.shape().queryHeads(); head++) {
      int first = head / group * group;
      Expect.that(
          java.util.Arrays.equals(selection(before, head), selection(before, first)),
          "%s: query heads %d and %d share a KV head and a selection, but selected differently.",
          c,
          first,
          head);
    }
  }

  private static int[] selection(Observed step, int head) {
    return step.selections().getOrDefault(new Observed.Place(0, 0, head), new int[0]);
  }

  private void queryRows() throws Exception {
    compare(
        (c, actual, expected) ->
            actual
                .selectionDifference(expected)
                .or(() -> actual.outputDifference(expected, tolerance(c))),
        3);
    RandomGenerator random = Seed.random("rows");
    lab.with(
        backend -> {
          for (Case c : lab.few(backend)) {
            checkCausal(backend, c, random);
          }
        });
  }

  /** What comes after a row's own token must not change it. */
  private void checkCausal(ComputeBackend backend, Case c, RandomGenerator random) {
    int length = 333;
    int rows = 4;
    KvData data = lab.data(c.shape(), KvData.Keys.GAUSSIAN, length);
    KvData other =
        KvData.random(random.nextLong(), KvData.Keys.OUTLIERS, c.shape().kvHeads(), rows, 1);
    float[] queries = BackendLab.queries(c, rows, random);
    KvMemory cache = new KvMemory(c.shape(), KvType.F32, KvMemory.Layout.USUAL, data).grow(length);
    KvData futureChanged = withOtherFuture(data, other, length - rows + 1, length);
    KvMemory changed =
        new KvMemory(c.shape(), KvType.F32, KvMemory.Layout.USUAL, futureChanged).grow(length);
    Observed before = step(backend, c.accepted(), cache, queries);
    Observed after = step(backend, c.accepted(), changed, queries);
    int perRow = c.shape().queryHeads() * c.shape().headDim();
    for (int i = 0; i < perRow; i++) {
      Expect.that(
          before.output(0)[i] == after.output(0)[i],
          "%s: output %d of the first of %d rows changed with the tokens after its own.",
          c,
          i,
          rows);
    }
  }

  private static KvData withOtherFuture(KvData data, KvData noise, int from, int to) {
    float[][][] keys = new float[data.keys().length][][];
    float[][][] values = new float[data.values().length][][];
    for (int head = 0; head < keys.length; head++) {
      keys[head] = data.keys()[head].clone();
      values[head] = data.values()[head].clone();
      for (int token = from; token < to; token++) {
        keys[head][token] = shifted(keys[head][token], noise.keys()[head][token - from][0]);
        values[head][token] = shifted(values[head][token], noise.values()[head][token - from][0]);
      }
    }
    return new KvData(keys, values);
  }

  private static float[] shifted(float[] row, float by) {
    float[] result = row.clone();
    for (int j = 0; j < result.length; j++) {
      result[j] += (j % 3 - 1) * by + 1;
    }
    return result;
  }
}
