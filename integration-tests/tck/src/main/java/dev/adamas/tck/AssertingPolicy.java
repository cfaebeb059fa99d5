package dev.adamas.tck;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.tck.lab.Expect;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Remembers every plan and compares. */
final class AssertingPolicy implements AttentionPolicy {

  private record Question(int layer, ModelShape shape) {}

  private final AttentionPolicy policy;
  private final Map<Question, LayerPlan> answers = new ConcurrentHashMap<>();

  AssertingPolicy(AttentionPolicy policy) {
    this.policy = policy;
  }

  @Override
  public ComponentSpec spec() {
    return policy.spec();
  }

  @Override
  public KvEffect kvEffect() {
    return policy.kvEffect();
  }

  @Override
  public LayerPlan plan(int layer, ModelShape shape) {
    Expect.that(
        layer >= 0 && layer < shape.layers(),
        "The host asked policy %s for layer %d of %d layers.",
        policy.spec(),
        layer,
        shape.layers());
    LayerPlan plan = policy.plan(layer, shape);
    LayerPlan known = answers.putIfAbsent(new Question(layer, shape), plan);
    Expect.that(
        known == null || known.equals(plan),
        "Policy %s gave layer %d the plan %s, and %s before.",
        policy.spec(),
        layer,
        plan,
        known);
    return plan;
  }
}
