package dev.adamas.tck;

import dev.adamas.api.Budget;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.KvType;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Screen;
import dev.adamas.api.Support;
import dev.adamas.tck.lab.BackendLab;
import dev.adamas.tck.lab.BackendLab.Case;
import dev.adamas.tck.lab.CheckWorkers;
import dev.adamas.tck.lab.Expect;
import dev.adamas.tck.lab.KvData;
import dev.adamas.tck.lab.KvMemory;
import dev.adamas.tck.lab.Observed;
import dev.adamas.tck.lab.OtherStages;
import dev.adamas.tck.lab.Plans;
import dev.adamas.tck.lab.Seed;
import dev.adamas.tck.lab.Sequence;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a backend says that it can do, and whether it does. */
final class SupportChecks {

  private final BackendLab lab;
  private final Components components;

  SupportChecks(BackendLab lab, Components components) {
    this.lab = lab;
    this.components = components;
  }

  List<Check> checks() {
    return List.of(
        new Check(
            "backend-spec",
            "Has a spec that does not change, and closes more than once without complaint.",
            this::spec),
        new Check(
            "probe-and-compile",
            "Answers a probe the same each time, compiles what it accepted and refuses to compile"
                + " what it did not.",
            this::probe),
        new Check(
            "rejects-with-reasons",
            "Rejects plans and shapes that it cannot run, in full sentences, and never by throwing.",
            this::rejects),
        new Check(
            "other-specs",
            "Recognises stages by their whole spec: another version, other parameters or an unknown"
                + " id runs as its own code or is rejected.",
            this::otherSpecs));
  }

  private void spec() throws Exception {
    lab.with(
        backend -> {
          try (ComputeBackend other = lab.make()) {
            Expect.that(
                backend.spec().equals(backend.spec()) && backend.spec().equals(other.spec()),
                "Two backends with the same settings have the specs %s and %s.",
                backend.spec(),
                other.spec());
          }
          ComputeBackend closed = lab.make();
          closed.close();
          closed.close();
        });
  }

  private void probe() throws Exception {
    lab.with(
        backend -> {
          int accepted = 0;
          for (ModelShape shape : lab.scale().shapes()) {
            for (Plans.Named named : lab.plans(shape)) {
              String what = "%s with head dimension %d".formatted(named.name(), shape.headDim());
              Support support = probed(backend, what, named.plan(), shape);
              if (support instanceof Support.Accepted yes) {
                accepted++;
                checkCompile(backend, what, yes);
              }
            }
          }
          Expect.that(
              accepted > 0,
              "It accepts no plan of any built-in policy on head dimensions 64 and 128; a backend"
                  + " that runs nothing proves nothing.");
        });
  }

  private static Support probed(
      ComputeBackend backend, String what, LayerPlan plan, ModelShape shape) {
    Support support;
    try {
      support = backend.probe(plan, shape);
    } catch (RuntimeException e) {
      throw new AssertionError(
          "%s: probe threw %s instead of rejecting the plan.".formatted(what, e), e);
    }
    Expect.that(
        support.equals(backend.probe(plan, shape)),
        "%s: probe gave different answers to the same question.",
        what);
    switch (support) {
      case Support.Accepted accepted ->
          Expect.that(
              accepted.plan().equals(plan)
                  && accepted.shape().equals(shape)
                  && accepted.indexBytesPerToken() >= 0,
              "%s: probe accepted something else, %s, %s.",
              what,
              accepted.plan(),
              accepted.shape());
      case Support.Rejected(List<String> reasons) ->
          reasons.forEach(r -> Expect.sentence("A reason to reject a plan", Optional.of(r)));
    }
    return support;
  }

  private static void checkCompile(ComputeBackend backend, String what, Support.Accepted accepted) {
    try (Kernel kernel = backend.compile(accepted, new CheckWorkers(1))) {
      Expect.that(
          kernel.accepted().equals(accepted),
          "%s: the kernel says that it was compiled from %s.",
          what,
          kernel.accepted());
    }
    Support.Accepted forged =
        new Support.Accepted(
            accepted.plan(), accepted.shape(), accepted.fused(), accepted.indexBytesPerToken() + 1);
    Expect.refuses(
        what + ": compile of an answer that probe did not give",
        IllegalArgumentException.class,
        () -> backend.compile(forged, new CheckWorkers(1)).close());
  }

  private void rejects() throws Exception {
    lab.with(
        backend -> {
          for (int dim : lab.scale().headDims()) {
            ModelShape shape = ModelShape.of(1, 2, 1, dim);
            for (Plans.Named named : lab.plans(shape)) {
              check(backend, named, shape);
            }
          }
          for (ModelShape shape : lab.scale().shapes()) {
            for (Plans.Named named : unusual(shape)) {
              check(backend, named, shape);
            }
          }
        });
  }

  /** What the backend accepts it must also do. */
  private void check(ComputeBackend backend, Plans.Named named, ModelShape shape) {
    String what = "%s with head dimension %d".formatted(named.name(), shape.headDim());
    Support support = probed(backend, what, named.plan(), shape);
    if (support instanceof Support.Accepted accepted && shape.headDim() <= 256) {
      agrees(backend, new Case(named.name(), named.plan(), shape, accepted));
    }
  }

  private List<Plans.Named> unusual(ModelShape shape) {
    List<Plans.Named> plans = new ArrayList<>();
    LayerPlan.Sparse dot =
        (LayerPlan.Sparse) components.policy("adamas-dot(budget=20,dense-layers=0)").plan(0, shape);
    plans.add(
        new Plans.Named(
            "adamas-dot with page screening",
            new LayerPlan.Sparse(
                dot.pipeline(),
                dot.budget(),
                0,
                0,
                dot.groupRule(),
                new Screen.Pages(16, 0.5),
                dot.tail())));
    plans.add(new Plans.Named("adamas-dot, top-p", dot.withBudget(new Budget.TopP(0.5, 4000))));
    plans.add(
        new Plans.Named("adamas-dot, huge budget", dot.withBudget(new Budget.Tokens(1 << 30))));
    plans.add(new Plans.Named("huge window", new LayerPlan.Window(1 << 30, 1 << 30)));
    for (String reference :
        List.of(
            "adamas-tail(budget=20,tail-page=7,dense-layers=0)",
            "adamas-tail(budget=20,tail-page=256,residual=false,dense-layers=0)",
            "adamas(transform=identity,budget=20,dense-layers=0)",
            "quest(quantizer=page-min-max(page=300),budget=900,dense-layers=0)")) {
      plans.add(new Plans.Named(reference, components.policy(reference).plan(0, shape)));
    }
    return plans;
  }

  private void otherSpecs() throws Exception {
    lab.with(
        backend -> {
          for (ModelShape shape : lab.scale().shapes()) {
            for (Plans.Named named : renamed(shape)) {
              String what = "%s with head dimension %d".formatted(named.name(), shape.headDim());
              if (probed(backend, what, named.plan(), shape) instanceof Support.Accepted yes) {
                agrees(backend, new Case(named.name(), named.plan(), shape, yes));
              }
            }
          }
        });
  }

  /** Known pipelines with one stage that means something else. */
  private List<Plans.Named> renamed(ModelShape shape) {
    List<Plans.Named> plans = new ArrayList<>();
    for (String policy : lab.scale().renamed()) {
      LayerPlan.Sparse known =
          (LayerPlan.Sparse)
              components.policy(policy + "(budget=48,dense-layers=0)").plan(0, shape);
      Pipeline p = known.pipeline();
      for (ComponentSpec spec : others(p.distance().spec())) {
        plans.add(
            plan(
                known,
                new Pipeline(
                    p.transform(),
                    p.quantizer(),
                    OtherStages.reversed(p.distance(), spec),
                    p.selector())));
      }
      for (ComponentSpec spec : others(p.selector().spec())) {
        plans.add(
            plan(
                known,
                new Pipeline(
                    p.transform(),
                    p.quantizer(),
                    p.distance(),
                    OtherStages.reversed(p.selector(), spec))));
      }
      for (ComponentSpec spec : others(p.transform().spec())) {
        plans.add(
            plan(
                known,
                new Pipeline(
                    OtherStages.rotated(p.transform(), spec),
                    p.quantizer(),
                    p.distance(),
                    p.selector())));
      }
    }
    return plans;
  }

  private static Plans.Named plan(LayerPlan.Sparse known, Pipeline pipeline) {
    return new Plans.Named(
        pipeline.spec(), new LayerPlan.Sparse(pipeline, known.budget(), 0, 0, known.groupRule()));
  }

  private static List<ComponentSpec> others(ComponentSpec spec) {
    return List.of(
        new ComponentSpec(spec.id(), spec.version() + 998, spec.params()),
        ComponentSpec.of(spec.id(), spec.version(), Map.of("tck", "other")),
        ComponentSpec.of("tck-other", 1));
  }

  /** Selections and outputs of a plan are the oracle's, where the oracle can run it. */
  private void agrees(ComputeBackend backend, Case c) {
    try (ComputeBackend oracle = lab.oracle()) {
      if (!(oracle.probe(c.plan(), c.shape()) instanceof Support.Accepted reference)) {
        return;
      }
      KvMemory cache =
          new KvMemory(
                  c.shape(),
                  KvType.F32,
                  KvMemory.Layout.USUAL,
                  KvData.random(
                      Seed.of("support", c.shape().headDim()),
                      KvData.Keys.GAUSSIAN,
                      c.shape().kvHeads(),
                      320,
                      c.shape().headDim()))
              .grow(320);
      float[] queries = BackendLab.queries(c, 1, Seed.random("support"));
      try (Sequence own = new Sequence(backend, c.accepted(), cache, new CheckWorkers(1));
          Sequence expected = new Sequence(oracle, reference, cache, new CheckWorkers(1))) {
        Observed actual = own.follow().attend(queries);
        Observed wanted = expected.follow().attend(queries);
        actual
            .selectionDifference(wanted)
            .or(() -> actual.outputDifference(wanted, OracleChecks.tolerance(c)))
            .ifPresent(
                difference -> {
                  throw Expect.failure(
                      "%s: it accepted the plan, but %s; %s.", c, difference, Seed.hint());
                });
      }
    }
  }
}
