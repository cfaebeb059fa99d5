package dev.adamas.tck.lab;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The plans that backends are checked with: every built-in policy, small enough for short contexts,
 * and each thing that configuration can set on it at least once.
 */
public final class Plans {

  /** A plan and where it comes from. */
  public record Named(String name, LayerPlan plan) {}

  /** Small budgets, then each policy with its defaults. */
  public static final List<String> ALL =
      List.of(
          "full",
          "streaming-llm(budget=24,sinks=4,dense-layers=0)",
          "streaming-llm(budget=1,sinks=0,dense-layers=0)",
          "quest(budget=48,dense-layers=0)",
          "quest(budget=70,quantizer=page-min-max(page=5),dense-layers=0,group=shared)",
          "oracle(budget=20,dense-layers=0)",
          "oracle(budget=9,group=shared,dense-layers=0)",
          "adamas(budget=16,dense-layers=0)",
          "adamas(budget=7%:8:64,sinks=2,recent=3,dense-layers=0)",
          "adamas(budget=33,group=shared,quantizer=bucket(thresholds=quartile),dense-layers=0)",
          "adamas(budget=12,quantizer=bucket(bits=1),distance=l2,sinks=1,dense-layers=0)",
          "adamas(budget=40,quantizer=bucket(bits=3,center=true,scale=norm),"
              + "distance=asymmetric(query=int8),recent=8,dense-layers=0)",
          "adamas-dot(budget=32,dense-layers=0)",
          "adamas-dot(budget=top-p:0.7:64,dense-layers=0)",
          "adamas-tail(budget=16,dense-layers=0)",
          "adamas-tail(budget=16,residual=false,group=shared,dense-layers=0)",
          "adamas-tail(budget=8,correction=false,residual-tokens=40,dense-layers=0)",
          "adamas-tail(budget=8,residual-keys=false,residual-quantizer=bucket(scale=norm),"
              + "residual-tokens=40,dense-layers=0)",
          "adamas-tail(budget=12,sinks=2,recent=3,distance=code-dot,group=shared,"
              + "residual-quantizer=bucket(scale=norm),residual-tokens=40,dense-layers=0)",
          "streaming-llm",
          "quest",
          "oracle",
          "adamas",
          "adamas-dot",
          "adamas-tail");

  private Plans() {}

  /** A policy by reference. */
  @FunctionalInterface
  public interface Source {
    /** Makes it. */
    AttentionPolicy policy(String reference);
  }

  /**
   * Distinct plans of policies on a shape.
   *
   * @param own policies that come first
   * @param references the built-in policies that follow
   */
  public static List<Named> of(
      Source source,
      Collection<? extends AttentionPolicy> own,
      List<String> references,
      ModelShape shape) {
    List<Named> plans = new ArrayList<>();
    own.forEach(policy -> addLayers(plans, policy.spec().toString(), policy, shape));
    references.forEach(reference -> addLayers(plans, reference, source.policy(reference), shape));
    return plans;
  }

  private static void addLayers(
      List<Named> plans, String name, AttentionPolicy policy, ModelShape shape) {
    for (int layer = 0; layer < shape.layers(); layer++) {
      LayerPlan plan;
      try {
        plan = policy.plan(layer, shape);
      } catch (IllegalArgumentException _) {
        return; // It does not fit the shape; the policy's own checks look at what it says.
      }
      add(plans, name + " at layer " + layer, plan);
    }
  }

  private static void add(List<Named> plans, String name, LayerPlan plan) {
    if (plans.stream().noneMatch(known -> known.plan().equals(plan))) {
      plans.add(new Named(name, plan));
    }
  }
}
