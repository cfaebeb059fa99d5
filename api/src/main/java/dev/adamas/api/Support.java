package dev.adamas.api;

import java.util.List;
import java.util.Set;

/** A backend's answer to whether it can run a plan. */
public sealed interface Support {

  /**
   * It can.
   *
   * @param plan the plan asked for
   * @param shape the shape asked for
   * @param fused the kinds of stage that run inside the backend's own kernel; the others run stage
   *     by stage
   * @param indexBytesPerToken bytes of index per cached token, all KV heads of a layer together, at
   *     most
   */
  record Accepted(
      LayerPlan plan, ModelShape shape, Set<Stage.Kind> fused, double indexBytesPerToken)
      implements Support {
    /** Copies {@code fused}. */
    public Accepted {
      fused = Set.copyOf(fused);
    }
  }

  /**
   * It cannot.
   *
   * @param reasons all of them, each a full sentence
   */
  record Rejected(List<String> reasons) implements Support {
    /** Copies {@code reasons}; refuses none. */
    public Rejected {
      reasons = List.copyOf(reasons);
      if (reasons.isEmpty()) {
        throw new IllegalArgumentException("A rejection must give its reasons.");
      }
    }
  }
}
