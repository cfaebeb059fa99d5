package dev.adamas.tck;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.KvType;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Support;
import dev.adamas.tck.lab.BackendLab;
import dev.adamas.tck.lab.CheckWorkers;
import dev.adamas.tck.lab.Expect;
import dev.adamas.tck.lab.KvData;
import dev.adamas.tck.lab.KvMemory;
import dev.adamas.tck.lab.Observed;
import dev.adamas.tck.lab.OwnThreads;
import dev.adamas.tck.lab.Parallel;
import dev.adamas.tck.lab.Seed;
import dev.adamas.tck.lab.Sequence;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What a policy must do. */
public final class PolicyChecks {

  private static final List<ModelShape> SHAPES =
      List.of(
          ModelShape.of(1, 1, 1, 64),
          ModelShape.of(4, 4, 2, 64),
          ModelShape.of(30, 9, 3, 64),
          ModelShape.of(32, 32, 32, 128),
          ModelShape.of(80, 64, 8, 128),
          ModelShape.of(3, 6, 2, 80));

  /** A policy that counts its calls and fails at one of the first hundreds is caught. */
  private static final int CALLS = 2000;

  private final Supplier<? extends AttentionPolicy> maker;

  private PolicyChecks(Supplier<? extends AttentionPolicy> maker) {
    this.maker = maker;
  }

  /**
   * The checks.
   *
   * @param maker makes the policy, with the same settings at each call
   */
  public static List<Check> of(Supplier<? extends AttentionPolicy> maker) {
    PolicyChecks checks = new PolicyChecks(maker);
    return List.of(
        new Check(
            "same-settings-same-spec",
            "Has a spec and plans that depend on its settings alone.",
            checks::specs),
        new Check(
            "plans-every-layer",
            "Gives every layer of every shape a plan, or says in an IllegalArgumentException why it"
                + " does not fit.",
            checks::plans),
        new Check(
            "plan-is-pure",
            "Gives the same plan however often it is asked, and in whatever order.",
            checks::pure),
        new Check(
            "plan-in-parallel",
            "Gives the same plans when several threads ask at once.",
            checks::parallel),
        new Check(
            "plans-run",
            "Gives plans that the scalar backend runs, or rejects in full sentences.",
            checks::run),
        new Check(
            "budget",
            "Gives plans that never let a query see more tokens than their budget.",
            checks::budget),
        new Check(
            "leaves-no-thread", "Starts no thread that outlives its calls.", checks::threads));
  }

  private void specs() {
    AttentionPolicy first = maker.get();
    AttentionPolicy second = maker.get();
    Expect.that(
        first.spec().equals(second.spec()) && first.spec().equals(first.spec()),
        "Two policies with the same settings have the specs %s and %s.",
        first.spec(),
        second.spec());
    Expect.that(
        first.kvEffect() == second.kvEffect(),
        "Two policies with the same settings have the effects %s and %s.",
        first.kvEffect(),
        second.kvEffect());
    for (ModelShape shape : SHAPES) {
      for (int layer = 0; layer < shape.layers(); layer++) {
        Expect.that(
            plan(first, layer, shape).equals(plan(second, layer, shape)),
            "Two policies with the same settings plan layer %d of %s differently.",
            layer,
            shape);
      }
    }
  }

  /** The plan, or what the policy says against the shape. */
  private static Object plan(AttentionPolicy policy, int layer, ModelShape shape) {
    try {
      return policy.plan(layer, shape);
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private void plans() {
    AttentionPolicy policy = maker.get();
    int planned = 0;
    for (ModelShape shape : SHAPES) {
      for (int layer = 0; layer < shape.layers(); layer++) {
        try {
          LayerPlan plan = policy.plan(layer, shape);
          Expect.that(
              Optional.ofNullable(plan).isPresent() && !plan.toString().isBlank(),
              "Layer %d of %s has no plan.",
              layer,
              shape);
          planned++;
        } catch (IllegalArgumentException e) {
          Expect.sentence(
              "Why the policy does not fit layer %d of %s".formatted(layer, shape),
              Optional.ofNullable(e.getMessage()));
        } catch (RuntimeException e) {
          AssertionError failure =
              Expect.failure(
                  "For layer %d of %s it threw %s instead of a plan or an IllegalArgumentException.",
                  layer, shape, e);
          failure.initCause(e);
          throw failure;
        }
      }
    }
    Expect.that(planned > 0, "It fits none of the usual shapes, %s.", SHAPES);
  }

  private void pure() {
    AttentionPolicy policy = maker.get();
    ModelShape shape = SHAPES.get(1);
    ModelShape other = SHAPES.get(2);
    List<Object> first = new ArrayList<>();
    for (int layer = 0; layer < shape.layers(); layer++) {
      first.add(plan(policy, layer, shape));
    }
    for (int call = 0; call < CALLS; call++) {
      int layer = (call * 7 + call / 5) % shape.layers();
      plan(policy, call % other.layers(), other);
      Object again;
      try {
        again = plan(policy, layer, shape);
      } catch (RuntimeException e) {
        AssertionError failure =
            Expect.failure("Call %d threw %s; earlier ones gave plans.", 2 * call, e);
        failure.initCause(e);
        throw failure;
      }
      Expect.that(
          again.equals(first.get(layer)) && again.hashCode() == first.get(layer).hashCode(),
          "Call %d gave layer %d the plan %s; the first call gave %s.",
          2 * call,
          layer,
          again,
          first.get(layer));
    }
  }

  private void parallel() throws Exception {
    AttentionPolicy policy = maker.get();
    AttentionPolicy quiet = maker.get();
    Parallel.run(
        4,
        number -> {
          ModelShape shape = SHAPES.get(number % 4);
          for (int call = 0; call < 300; call++) {
            int layer = call % shape.layers();
            Object expected;
            synchronized (quiet) {
              expected = plan(quiet, layer, shape);
            }
            Expect.that(
                plan(policy, layer, shape).equals(expected),
                "Layer %d of %s got another plan while other threads asked.",
                layer,
                shape);
          }
        });
  }

  private void run() {
    ModelShape shape = ModelShape.of(4, 4, 2, 64);
    forEachPlan(
        shape,
        (plan, oracle) -> {
          switch (oracle.probe(plan, shape)) {
            case Support.Rejected(List<String> reasons) ->
                reasons.forEach(
                    r -> Expect.sentence("Why the scalar backend rejects a plan", Optional.of(r)));
            case Support.Accepted accepted -> {
              for (int length : List.of(1, 200, 600)) {
                step(oracle, accepted, length);
              }
            }
          }
        });
  }

  private static Observed step(ComputeBackend oracle, Support.Accepted accepted, int length) {
    ModelShape shape = accepted.shape();
    KvData data =
        KvData.random(
            Seed.of("policy"), KvData.Keys.OUTLIERS, shape.kvHeads(), length, shape.headDim());
    KvMemory cache = new KvMemory(shape, KvType.F16, KvMemory.Layout.USUAL, data).grow(length);
    float[] query = KvData.query(Seed.random("query"), shape.queryHeads() * shape.headDim());
    try (Sequence sequence = new Sequence(oracle, accepted, cache, new CheckWorkers(1))) {
      return sequence.follow().attend(query);
    }
  }

  private interface PlanCheck {
    void check(LayerPlan plan, ComputeBackend oracle);
  }

  private void forEachPlan(ModelShape shape, PlanCheck check) {
    AttentionPolicy policy = maker.get();
    List<LayerPlan> seen = new ArrayList<>();
    try (ComputeBackend oracle = Components.builtIn().backend("scalar")) {
      for (int layer = 0; layer < shape.layers(); layer++) {
        if (plan(policy, layer, shape) instanceof LayerPlan plan && !seen.contains(plan)) {
          seen.add(plan);
          check.check(plan, oracle);
        }
      }
    }
  }

  private void budget() {
    ModelShape shape = ModelShape.of(4, 4, 2, 64);
    forEachPlan(
        shape,
        (plan, oracle) -> {
          if (oracle.probe(plan, shape) instanceof Support.Accepted accepted) {
            BackendLab.Case c = new BackendLab.Case("a plan", plan, shape, accepted);
            for (int length : List.of(3, 300, 700)) {
              SelectionChecks.checkBudget(c, step(oracle, accepted, length), length);
            }
          }
        });
  }

  private void threads() throws Exception {
    List<String> left = OwnThreads.leftBy(() -> maker.get().plan(0, SHAPES.get(1)));
    Expect.that(left.isEmpty(), "After its calls these threads still run: %s.", left);
  }
}
