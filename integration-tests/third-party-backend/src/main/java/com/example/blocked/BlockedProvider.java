package com.example.blocked;

import dev.adamas.api.BackendFactory;
import dev.adamas.api.Distance;
import dev.adamas.api.Parameter;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import dev.adamas.api.Quantizer;
import dev.adamas.api.StageFactory;
import java.util.List;

/** Offers the policy {@code sparq}, its stages, and the backend {@code blocked}. */
public final class BlockedProvider implements Provider {

  @Override
  public int spiVersion() {
    return SPI_VERSION;
  }

  @Override
  public String name() {
    return "blocked";
  }

  @Override
  public String version() {
    return "1.0.0";
  }

  @Override
  public List<StageFactory> stages() {
    return List.of(
        new StageFactory(
            Int8.ID,
            1,
            Quantizer.class,
            "8 bits per coordinate and one scale per key.",
            List.of(),
            _ -> new Int8()),
        new StageFactory(
            SparseQuery.ID,
            1,
            Distance.class,
            "Dot product over the coordinates in which the query is largest (arXiv 2312.04985).",
            List.of(
                Parameter.whole(
                    SparseQuery.RANK, 32, 1, SparseQuery.MAX_RANK, "Coordinates that count.")),
            settings -> new SparseQuery(settings.whole(SparseQuery.RANK))));
  }

  @Override
  public List<PolicyFactory> policies() {
    return List.of(
        new PolicyFactory(
            Sparq.ID,
            1,
            "Ranks keys by the largest coordinates of the query (SparQ, arXiv 2312.04985).",
            Sparq.PARAMETERS,
            Sparq::of));
  }

  @Override
  public List<BackendFactory> backends() {
    return List.of(
        new BackendFactory(
            BlockedBackend.ID,
            1,
            "Plain Java over blocks of tokens; scans only the coordinates that a query asks for.",
            List.of(),
            _ -> new BlockedBackend()));
  }
}
