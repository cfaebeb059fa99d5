package dev.adamas.eval;

import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.Reference;
import dev.adamas.eval.task.TaskOptions;
import dev.adamas.model.Model;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/** Small runs on the embedded model, and their results. */
final class Runs {

  static final JsonMapper JSON = JsonMapper.builder().build();

  /** Five policies on six prompts of 512 tokens: 30 results. */
  static final int RESULTS = 30;

  private Runs() {}

  /** A listener that never stops. */
  static final EvalListener QUIET =
      new EvalListener() {
        @Override
        public void progress(Progress progress) {}

        @Override
        public boolean stopped() {
          return false;
        }
      };

  static EvalPlan plan(int samples, long seed) {
    return new EvalPlan(
        List.of("passkey", "perplexity", "selection"),
        Stream.of("adamas-dot", "quest(budget=64)", "adamas(transform=identity,dense-layers=1)")
            .map(Reference::parse)
            .toList(),
        List.of("16"),
        List.of(512),
        samples,
        seed,
        new TaskOptions(Optional.empty(), List.of(), Optional.empty(), 12, List.of()));
  }

  /** The plan with one more budget, so that a policy has two. */
  static EvalPlan plan() {
    EvalPlan plan = plan(2, 5);
    return new EvalPlan(
        plan.tasks(),
        plan.policies().subList(0, 2),
        List.of("16", "48", "5%"),
        plan.contexts(),
        plan.samples(),
        plan.seed(),
        plan.options());
  }

  /** With the least warm-up, which takes time and changes nothing but timings. */
  static void run(
      EvalPlan plan, int threads, Path out, Shard shard, boolean resume, EvalListener listener) {
    run(plan, threads, out, shard, resume, listener, Duration.ZERO);
  }

  static void run(
      EvalPlan plan,
      int threads,
      Path out,
      Shard shard,
      boolean resume,
      EvalListener listener,
      Duration warmUp) {
    EngineConfig config = EngineConfig.builder().threads(threads).build();
    try (Engine engine = Engine.create(config);
        Model model = Model.embedded(engine)) {
      Evaluation.of(model, plan, warmUp).run(out, shard, resume, listener);
    }
  }

  /** The results of a folder without their timings. */
  static List<SampleResult> results(Path folder) {
    try (Stream<String> lines = Files.lines(folder.resolve(RunFolder.RESULTS))) {
      return lines.map(line -> timeless(JSON.readValue(line, SampleResult.class))).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SampleResult timeless(SampleResult r) {
    return new SampleResult(
        r.task(),
        r.policy(),
        r.budget(),
        r.context(),
        r.sample(),
        r.seed(),
        r.promptId(),
        r.score(),
        r.tokens(),
        r.visibleTokens(),
        r.kvBytesReadPerToken(),
        0,
        0,
        r.modelFingerprint(),
        r.policyFingerprint(),
        r.details());
  }
}
