package com.example.blocked;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComputeBackend;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Stage;
import dev.adamas.api.Support;
import dev.adamas.tck.junit.BackendContract;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

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

  @Test
  void fusesItsOwnPlansAndGivesAllReasonsAgainstOthers() {
    ModelShape shape = ModelShape.of(2, 4, 2, 64);
    try (ComputeBackend backend = backend()) {
      for (AttentionPolicy policy : policies()) {
        assertThat(backend.probe(policy.plan(0, shape), shape))
            .isInstanceOfSatisfying(
                Support.Accepted.class,
                accepted -> {
                  assertThat(accepted.fused()).containsExactlyInAnyOrder(Stage.Kind.values());
                  assertThat(accepted.indexBytesPerToken()).isEqualTo(2 * 68);
                });
      }
      AttentionPolicy tail = Plugin.COMPONENTS.policy("adamas-tail(dense-layers=0)");
      assertThat(backend.probe(tail.plan(0, shape), shape))
          .isInstanceOfSatisfying(
              Support.Rejected.class,
              rejected ->
                  assertThat(rejected.reasons())
                      .hasSize(4)
                      .anyMatch(reason -> reason.contains("fuses identity@1, not hadamard@1"))
                      .anyMatch(reason -> reason.contains("no tail compensation")));
    }
  }
}
