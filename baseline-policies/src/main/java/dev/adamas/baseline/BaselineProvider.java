package dev.adamas.baseline;

import dev.adamas.api.Distance;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import dev.adamas.api.Quantizer;
import dev.adamas.api.StageFactory;
import java.util.List;

/** Offers {@code full}, {@code streaming-llm}, {@code quest} and {@code oracle}. */
public final class BaselineProvider implements Provider {

  /** Found by {@link java.util.ServiceLoader}. */
  public BaselineProvider() {}

  @Override
  public int spiVersion() {
    return SPI_VERSION;
  }

  @Override
  public String name() {
    return "baselines";
  }

  @Override
  public String version() {
    return "0.1.0";
  }

  @Override
  public List<StageFactory> stages() {
    return List.of(
        new StageFactory(
            PageMinMax.ID,
            1,
            Quantizer.class,
            "Minimum and maximum of each coordinate over a page of keys.",
            PageMinMax.PARAMETERS,
            PageMinMax::create),
        new StageFactory(
            PageBound.ID,
            1,
            Distance.class,
            "Upper bound on the products of a page's keys; ranks.",
            List.of(),
            _ -> new PageBound()),
        new StageFactory(
            Rows.ID, 1, Quantizer.class, "The keys themselves.", List.of(), _ -> new Rows()),
        new StageFactory(
            InnerProduct.ID,
            1,
            Distance.class,
            "Exact products with the keys; the logit itself.",
            List.of(),
            _ -> new InnerProduct()));
  }

  @Override
  public List<PolicyFactory> policies() {
    return List.of(Baselines.FULL, Baselines.STREAMING_LLM, Baselines.QUEST, Baselines.ORACLE);
  }
}
