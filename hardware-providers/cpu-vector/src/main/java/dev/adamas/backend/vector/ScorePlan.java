package dev.adamas.backend.vector;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Stage;
import java.util.EnumSet;
import java.util.Set;

/**
 * Which kernel scores a plan's codes, and how an index lays them out for it. Kernels are chosen by
 * the meaning of stages, {@link ComponentSpec}, never by their classes.
 */
final class ScorePlan {

  /** Makes the scorer of one worker. */
  private interface Maker {
    ScoreCodes make(int heads);
  }

  private final CodeLayout layout;
  private final Maker maker;
  private final boolean fusedDistance;
  private final boolean fusedSelector;
  private final boolean readsKeys;

  private ScorePlan(
      CodeLayout layout,
      Maker maker,
      boolean fusedDistance,
      boolean fusedSelector,
      boolean readsKeys) {
    this.layout = layout;
    this.maker = maker;
    this.fusedDistance = fusedDistance;
    this.fusedSelector = fusedSelector;
    this.readsKeys = readsKeys;
  }

  static ScorePlan of(LayerPlan.Sparse plan, ModelShape shape) {
    Pipeline pipeline = plan.pipeline();
    int dim = pipeline.transform().outputDim(shape.headDim());
    boolean fusedSelector = pipeline.selector().spec().equals(ComponentSpec.of("top-k", 1));
    Quantizer quantizer = pipeline.quantizer();
    int codeBytes = quantizer.codeBytes(dim);
    ComponentSpec bucket = quantizer.spec();
    // Kernels score bit planes in groups of 64 coordinates; bytes of them are counted up to 256.
    if (bucket.is("bucket", 1) && dim % 64 == 0 && dim <= 256) {
      int bits = Integer.parseInt(bucket.params().getOrDefault("bits", "0"));
      boolean scaled = !bucket.params().getOrDefault("scale", "").equals("none");
      boolean odd = bucket.params().getOrDefault("levels", "").equals("odd");
      CodePlanes planes = new CodePlanes(bits, dim, scaled);
      ComponentSpec distance = pipeline.distance().spec();
      if (bits == 2 && distance.equals(ComponentSpec.of("manhattan", 1))) {
        return new ScorePlan(
            planes, heads -> new ScoreManhattan(planes, heads), true, fusedSelector, false);
      }
      if (bits == 2 && distance.equals(ComponentSpec.of("code-dot", 1))) {
        int inner = odd ? 1 : 3;
        int outer = odd ? 3 : 10;
        return new ScorePlan(
            planes,
            heads -> scaled(new ScoreCodeDot(planes, heads, inner, outer), planes),
            true,
            fusedSelector,
            false);
      }
    }
    return new ScorePlan(
        new CodeRows(codeBytes),
        heads -> new ScoreStaged(pipeline.distance(), dim, codeBytes, heads),
        false,
        fusedSelector,
        false);
  }

  private static ScoreCodes scaled(ScoreCodes levels, CodePlanes planes) {
    return planes.scaled() ? new ScoreScaled(levels, planes) : levels;
  }

  CodeLayout layout() {
    return layout;
  }

  ScoreCodes scorer(int heads) {
    return maker.make(heads);
  }

  /** Whether {@link SelectSmallest} is the plan's selector. */
  boolean fusedSelector() {
    return fusedSelector;
  }

  /** Whether scores are computed from the cache's keys, without an index. */
  boolean readsKeys() {
    return readsKeys;
  }

  /** The kinds of stage that run in this backend's own kernels. */
  Set<Stage.Kind> fused() {
    Set<Stage.Kind> fused = EnumSet.of(Stage.Kind.ATTENTION);
    if (fusedDistance) {
      fused.add(Stage.Kind.DISTANCE);
    }
    if (fusedSelector) {
      fused.add(Stage.Kind.SELECTOR);
    }
    return fused;
  }
}
