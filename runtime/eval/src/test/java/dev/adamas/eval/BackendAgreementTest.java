package dev.adamas.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.adamas.api.KvType;
import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.Reference;
import dev.adamas.eval.task.TaskOptions;
import dev.adamas.model.Model;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same evaluation on the scalar backend and on the one that fuses. Its cache is float32:
 * sixteen bits would turn differences of rounding in a prompt into other codes here and there,
 * which only the mean of many tokens evens out.
 */
class BackendAgreementTest {

  private static final EvalPlan PLAN =
      new EvalPlan(
          List.of("passkey", "perplexity"),
          Stream.of(
                  "adamas",
                  "adamas-dot",
                  "quest",
                  "adamas-tail",
                  "adamas-tail(group=shared)",
                  "adamas-dot(budget=top-p:0.8)")
              .map(Reference::parse)
              .toList(),
          List.of("32"),
          List.of(448),
          2,
          11,
          new TaskOptions(Optional.empty(), List.of(), Optional.empty(), 16, List.of()));

  @TempDir private Path folder;

  private List<SampleResult> results(String backend) {
    Path out = folder.resolve(backend);
    EngineConfig config =
        EngineConfig.builder()
            .threads(2)
            .backends(List.of(Reference.parse(backend)))
            .cache(new EngineConfig.Cache(KvType.F32, 256, OptionalLong.empty()))
            .build();
    try (Engine engine = Engine.create(config);
        Model model = Model.embedded(engine)) {
      Evaluation.of(model, PLAN, Duration.ZERO).run(out, Shard.whole(), false, Runs.QUIET);
    }
    return Runs.results(out);
  }

  @Test
  void scalarAndVectorGiveTheSameAnswersAndPerplexity() {
    List<SampleResult> scalar = results("scalar");
    List<SampleResult> vector = results("cpu-vector");
    // Two tasks, two samples, six policies and full attention.
    assertThat(vector).hasSize(28).hasSameSizeAs(scalar);
    for (int i = 0; i < scalar.size(); i++) {
      SampleResult expected = scalar.get(i);
      SampleResult actual = vector.get(i);
      String what =
          "%s, %s at %s, sample %d"
              .formatted(expected.task(), expected.policy(), expected.budget(), expected.sample());
      assertThat(actual.promptId()).as(what).isEqualTo(expected.promptId());
      assertThat(actual.policy()).as(what).isEqualTo(expected.policy());
      // An answer's score, or nats per token: 0.1 % of the perplexity.
      double allowed = expected.task().equals("perplexity") ? 0.001 : 0;
      assertThat(actual.score()).as(what).isCloseTo(expected.score(), within(allowed));
    }
    // Answers that are all wrong would agree, too.
    assertThat(vector)
        .filteredOn(r -> r.task().equals("passkey") && r.policy().equals("full"))
        .extracting(SampleResult::score)
        .containsOnly(1.0);
  }
}
