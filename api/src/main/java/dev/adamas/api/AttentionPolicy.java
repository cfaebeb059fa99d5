package dev.adamas.api;

/** Decides what each layer does. Stateless: a pure function from layer and shape to a plan. */
public interface AttentionPolicy {

  /** What a policy does to the host's cache. */
  enum KvEffect {
    /** It only chooses which tokens are visible; the policy can be swapped in mid-sequence. */
    VISIBILITY_ONLY,
    /** It removes tokens for good; a sequence cannot change to another policy afterwards. */
    EVICTS
  }

  /** What this policy means, parameters included. */
  ComponentSpec spec();

  /** What it does to the host's cache. */
  default KvEffect kvEffect() {
    return KvEffect.VISIBILITY_ONLY;
  }

  /**
   * The plan of one layer.
   *
   * @param layer from 0
   * @throws IllegalArgumentException where the policy does not fit the shape, saying why
   */
  LayerPlan plan(int layer, ModelShape shape);
}
