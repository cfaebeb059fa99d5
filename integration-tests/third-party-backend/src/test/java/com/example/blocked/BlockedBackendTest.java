package com.example.blocked;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComputeBackend;
import dev.adamas.tck.junit.BackendContract;
import java.util.List;
import java.util.stream.Stream;

/** The backend with its own policy, next to all that it has to refuse. */
class BlockedBackendTest extends BackendContract {

  @Override
  protected ComputeBackend backend() {
    return Plugin.COMPONENTS.backend("blocked");
  }

  @Override
  protected List<AttentionPolicy> policies() {
    return Stream.of(
            "sparq(dense-layers=0,budget=24)",
            "sparq(dense-layers=0,budget=40,sinks=3,recent=5,distance=sparse-query(rank=7))",
            "sparq(dense-layers=0,budget=10%:18:90,group=shared)",
            "sparq(dense-layers=0,budget=17,recent=0,distance=sparse-query(rank=1000))")
        .map(Plugin.COMPONENTS::policy)
        .toList();
  }
}
