package dev.adamas.backend.vector;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Screen;
import dev.adamas.api.Support;
import dev.adamas.api.Tail;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which sparse plans this backend runs, and with how much of them fused. */
final class SparsePlans {

  static final ComponentSpec TOP_K = ComponentSpec.of("top-k", 1);

  private SparsePlans() {}

  static Support probe(LayerPlan.Sparse plan, ModelShape shape) {
    List<String> reasons = new ArrayList<>();
    if (!(plan.screen() instanceof Screen.None)) {
      reasons.add("cpu-vector scans every code; it has no page screening.");
    }
    Pipeline pipeline = plan.pipeline();
    Quantizer quantizer = pipeline.quantizer();
    tail(plan).ifPresent(tail -> probe(tail, pipeline, reasons));
    if (quantizer.locality() == Quantizer.Locality.SEQUENCE) {
      reasons.add(
          "cpu-vector encodes each key once; the codes of "
              + quantizer.spec()
              + " depend on the whole sequence.");
    }
    try {
      int dim = pipeline.transform().outputDim(shape.headDim());
      pipeline.distance().queryBytes(quantizer, dim);
      if (reasons.isEmpty()) {
        ScorePlan scores = ScorePlan.of(plan, shape);
        double bytesPerCode = scores.readsKeys() ? 0 : quantizer.codeBytes(dim);
        double bytes = bytesPerCode / quantizer.rowsPerCode();
        bytes += tail(plan).map(tail -> bytesPerToken(tail, pipeline, shape)).orElse(0.0);
        return new Support.Accepted(plan, shape, scores.fused(), shape.kvHeads() * bytes);
      }
    } catch (IllegalArgumentException e) {
      // A stage has no form for this head dimension and says so.
      reasons.add(String.valueOf(e.getMessage()));
    }
    return new Support.Rejected(reasons);
  }

  /** The plan's tail, where it has one. */
  static Optional<Tail.PageMeans> tail(LayerPlan.Sparse plan) {
    return switch (plan.tail()) {
      case Tail.None _ -> Optional.empty();
      case Tail.PageMeans means -> Optional.of(means);
    };
  }

  private static void probe(Tail.PageMeans tail, Pipeline pipeline, List<String> reasons) {
    if (SparseIndex.CHUNK % tail.pageTokens() != 0
        || tail.pageTokens() % EstimatedWeights.GROUP != 0) {
      reasons.add(
          "cpu-vector has tails of pages of 64, 128, 256, 512 and 1024 tokens, not %d."
              .formatted(tail.pageTokens()));
    }
    if (!pipeline.selector().spec().equals(TOP_K)) {
      reasons.add(
          "cpu-vector has tails of plans that select by top-k@1, not by %s."
              .formatted(pipeline.selector().spec()));
    }
    if (pipeline.quantizer().rowsPerCode() != 1) {
      reasons.add(
          "cpu-vector has tails of plans that code each token, and %s codes pages."
              .formatted(pipeline.quantizer().spec()));
    }
  }

  /** At most: means may be kept in four bytes a number. */
  private static double bytesPerToken(Tail.PageMeans tail, Pipeline pipeline, ModelShape shape) {
    return (double) shape.headDim() * Float.BYTES / tail.pageTokens()
        + TailIndex.codeBytes(tail, shape)
        + TailIndex.keyCodeBytes(tail, pipeline, shape);
  }
}
