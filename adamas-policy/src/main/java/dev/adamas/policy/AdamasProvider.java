package dev.adamas.policy;

import dev.adamas.api.Distance;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Selector;
import dev.adamas.api.StageFactory;
import dev.adamas.api.Transform;
import java.util.List;

/**
 * Offers the Adamas stages and the policies {@code adamas}, {@code adamas-dot} and {@code
 * adamas-tail}.
 */
public final class AdamasProvider implements Provider {

  /** Found by {@link java.util.ServiceLoader}. */
  public AdamasProvider() {}

  @Override
  public int spiVersion() {
    return SPI_VERSION;
  }

  @Override
  public String name() {
    return "adamas";
  }

  @Override
  public String version() {
    return "0.1.0";
  }

  @Override
  public List<StageFactory> stages() {
    return List.of(
        new StageFactory(
            Identity.ID,
            1,
            Transform.class,
            "Keys and queries as they are.",
            List.of(),
            _ -> new Identity()),
        new StageFactory(
            Hadamard.ID,
            1,
            Transform.class,
            "Orthonormal Walsh-Hadamard transform; pads to a power of two.",
            List.of(),
            _ -> new Hadamard()),
        new StageFactory(
            Bucket.ID,
            1,
            Quantizer.class,
            "1 to 3 bits per coordinate by thresholds.",
            Bucket.PARAMETERS,
            Bucket::create),
        new StageFactory(
            Manhattan.ID,
            1,
            Distance.class,
            "Sum of absolute code differences; ranks.",
            List.of(),
            _ -> new Manhattan()),
        new StageFactory(
            SquaredEuclidean.ID,
            1,
            Distance.class,
            "Sum of squared code differences; ranks.",
            List.of(),
            _ -> new SquaredEuclidean()),
        new StageFactory(
            CodeDot.ID,
            1,
            Distance.class,
            "Product of the query's and the key's levels; estimates the logit.",
            List.of(),
            _ -> new CodeDot()),
        new StageFactory(
            Asymmetric.ID,
            1,
            Distance.class,
            "Product of the query, in up to 32 bits, with the key's levels; estimates the logit.",
            Asymmetric.PARAMETERS,
            Asymmetric::create),
        new StageFactory(
            TopK.ID,
            1,
            Selector.class,
            "The smallest scores, exactly.",
            List.of(),
            _ -> new TopK()));
  }

  @Override
  public List<PolicyFactory> policies() {
    return List.of(
        AdamasPolicy.factory(
            "adamas",
            "manhattan@1",
            "Adamas as published (arXiv 2510.18413): 2-bit codes, Manhattan distance."),
        AdamasPolicy.factory(
            "adamas-dot", "code-dot@1", "The codes of adamas, ranked by their dot product."),
        AdamasPolicy.tailFactory(
            "adamas-tail",
            "2-bit estimates for every token, exact attention for the best: nothing is ignored."));
  }
}
