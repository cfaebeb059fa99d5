package dev.adamas.tck;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.Budget;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Selector;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Each check of policies catches the policy that is broken where it looks, and no other does. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PolicyMutationTest {

  private final List<Thread> leaked = new CopyOnWriteArrayList<>();

  @AfterAll
  void endLeakedThreads() {
    leaked.forEach(Thread::interrupt);
  }

  /** A policy that is right, for subclasses to break in one place. */
  static class Broken implements AttentionPolicy {
    @Override
    public ComponentSpec spec() {
      return ComponentSpec.of("broken", 1);
    }

    @Override
    public LayerPlan plan(int layer, ModelShape shape) {
      return new LayerPlan.Window(4, 20);
    }
  }

  private static void caught(
      Supplier<? extends AttentionPolicy> mutant, String by, String... mayAlso) {
    Mutants.caught(PolicyChecks.of(mutant), by, mayAlso);
  }

  @Test
  void specsThatDiffer() {
    AtomicInteger made = new AtomicInteger();
    caught(
        () ->
            new Broken() {
              private final int number = made.incrementAndGet();

              @Override
              public ComponentSpec spec() {
                return ComponentSpec.of("broken", 1, Map.of("number", number + ""));
              }
            },
        "same-settings-same-spec");
  }

  @Test
  void throwsWithoutASentence() {
    caught(
        () ->
            new Broken() {
              @Override
              public LayerPlan plan(int layer, ModelShape shape) {
                if (shape.headDim() == 80) {
                  throw new IllegalArgumentException("headDim");
                }
                return super.plan(layer, shape);
              }
            },
        "plans-every-layer");
  }

  @Test
  void throwsAtItsHundredthCall() {
    caught(
        () ->
            new Broken() {
              private int calls;

              @Override
              public synchronized LayerPlan plan(int layer, ModelShape shape) {
                // Further than the other checks ask, and as far as a sequence goes in a second.
                if (++calls == 1500) {
                  throw new IllegalStateException("Enough.");
                }
                return super.plan(layer, shape);
              }
            },
        "plan-is-pure");
  }

  @Test
  void plansThatDependOnTheCallBefore() {
    caught(
        () ->
            new Broken() {
              private int last;

              @Override
              public synchronized LayerPlan plan(int layer, ModelShape shape) {
                int before = last;
                last = shape.layers();
                return new LayerPlan.Window(4, before == 30 ? 21 : 20);
              }
            },
        "plan-is-pure",
        "plan-in-parallel",
        "same-settings-same-spec");
  }

  @Test
  void plansThatRace() {
    caught(
        () ->
            new Broken() {
              private int current;

              @Override
              public LayerPlan plan(int layer, ModelShape shape) {
                current = layer + 1;
                Thread.yield();
                return new LayerPlan.Window(4, current);
              }
            },
        "plan-in-parallel");
  }

  @Test
  void plansThatNoBackendRuns() {
    caught(
        () ->
            new Broken() {
              @Override
              public LayerPlan plan(int layer, ModelShape shape) {
                LayerPlan.Sparse plan =
                    (LayerPlan.Sparse)
                        Components.builtIn()
                            .policy("adamas-dot(budget=20,dense-layers=0)")
                            .plan(0, shape);
                Pipeline p = plan.pipeline();
                Selector wrong = new BrokenSelectors.OneMore(p.selector());
                return new LayerPlan.Sparse(
                    new Pipeline(p.transform(), p.quantizer(), p.distance(), wrong),
                    new Budget.Tokens(20),
                    0,
                    0,
                    plan.groupRule());
              }
            },
        "plans-run",
        "budget");
  }

  @Test
  void leaksAThread() {
    caught(
        () ->
            new Broken() {
              @Override
              public LayerPlan plan(int layer, ModelShape shape) {
                if (leaked.isEmpty() || shape.layers() == 4 && layer == 0) {
                  leaked.add(Sleeping.start());
                }
                return super.plan(layer, shape);
              }
            },
        "leaves-no-thread");
  }
}
