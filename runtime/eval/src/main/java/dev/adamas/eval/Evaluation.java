package dev.adamas.eval;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.engine.Reference;
import dev.adamas.eval.task.Decoding;
import dev.adamas.eval.task.Outcome;
import dev.adamas.eval.task.Sample;
import dev.adamas.eval.task.Task;
import dev.adamas.eval.task.Tasks;
import dev.adamas.model.Model;
import dev.adamas.model.Sequence;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;

/**
 * Evaluates policies on a model. Each prompt is read once, with full attention; every policy then
 * goes on from a fork of it.
 *
 * <p>Results are a function of plan and model: neither threads nor shards nor interruptions change
 * them, timings apart. Belongs to one thread.
 */
public final class Evaluation {

  /**
   * At most, after a first round of interpreted code. On two busy cores rounds of sixteen policies
   * took 12 s, 3.5 s, 1.3 s, 0.9 s and, after 10 s, 0.65 s; with the first round alone the first
   * sample took three times as long per token as the later ones.
   */
  private static final Duration WARM_UP = Duration.ofSeconds(10);

  /** Of every policy in a round of the warm-up; fewer than most samples decode. */
  private static final int WARM_UP_TOKENS = 7;

  private final Model model;
  private final EvalPlan plan;
  private final Tasks tasks;
  private final List<Contestant> contestants;
  private final AttentionPolicy full;
  private final Duration warmUp;
  private final String modelFingerprint;

  private Evaluation(
      Model model, EvalPlan plan, Tasks tasks, List<Contestant> contestants, Duration warmUp) {
    this.model = model;
    this.plan = plan;
    this.tasks = tasks;
    this.contestants = contestants;
    this.warmUp = warmUp;
    full = model.engine().policy(Reference.of(Contestant.FULL));
    modelFingerprint = model.file().fingerprint();
  }

  /**
   * Prepares a run; nothing is computed yet.
   *
   * @throws IllegalArgumentException where the plan names what does not exist or does not fit the
   *     model, or a text or file cannot be used, in one sentence
   */
  public static Evaluation of(Model model, EvalPlan plan) {
    return of(model, plan, WARM_UP);
  }

  /**
   * As {@link #of(Model, EvalPlan)}.
   *
   * @param warmUp at most, after the first round; influences timings only
   */
  static Evaluation of(Model model, EvalPlan plan, Duration warmUp) {
    Tasks tasks =
        Tasks.of(plan.tasks(), plan.options(), model.tokenizer(), plan.samples(), plan.seed());
    for (int context : plan.contexts()) {
      if (context > model.config().context()) {
        throw new IllegalArgumentException(
            "The model's context is %d tokens; %d are too many."
                .formatted(model.config().context(), context));
      }
      for (Task task : tasks.tasks()) {
        if (context < task.fewestTokens()) {
          throw new IllegalArgumentException(
              "%s needs a context of at least %d tokens; %d are too few."
                  .formatted(task.name(), task.fewestTokens(), context));
        }
      }
    }
    List<Contestant> contestants = Contestant.of(plan, model.engine(), model.config().shape());
    for (Contestant contestant : contestants) {
      model.open(contestant.attention()).close();
    }
    for (Task task : tasks.tasks()) {
      for (int context : plan.contexts()) {
        task.check(context, task.samples(plan.samples()));
      }
    }
    return new Evaluation(model, plan, tasks, contestants, warmUp);
  }

  /** What the plan names and the run leaves out or does not use, one sentence each. */
  public List<String> notices() {
    return tasks.notices();
  }

  /** A prompt that is still to be made. */
  private record Prompt(Task task, int context, int sample) {
    long seed(long run) {
      return new SplittableRandom(run ^ ((long) Objects.hash(task.name(), context, sample) << 20))
              .nextLong()
          >>> 11; // exact in every reader of JSON
    }

    String text() {
      return "%s, context %d, sample %d".formatted(task.name(), context, sample);
    }
  }

  private List<Prompt> prompts(Shard shard) {
    List<Prompt> prompts = new ArrayList<>();
    int number = 0;
    for (Task task : tasks.tasks()) {
      for (int context : plan.contexts()) {
        for (int sample = 0; sample < task.samples(plan.samples()); sample++) {
          if (shard.has(number++)) {
            prompts.add(new Prompt(task, context, sample));
          }
        }
      }
    }
    return prompts;
  }

  /**
   * Runs, writing {@code run.json} and {@code results.jsonl} into a folder.
   *
   * @param shard which prompts
   * @param resume whether a run in the folder is continued
   * @param listener hears of progress and may stop the run
   * @throws EvalException where the folder holds something else, or a run that differs
   * @throws CancellationException where the listener stopped it; what was finished is in the folder
   */
  public void run(Path out, Shard shard, boolean resume, EvalListener listener) {
    List<Prompt> prompts = prompts(shard);
    try (RunFolder folder = RunFolder.open(out, info(shard), resume)) {
      Set<RunFolder.Key> done = folder.done();
      var work =
          new Work(
              listener,
              System::nanoTime,
              folder.earlier().size(),
              prompts.size() * contestants.size());
      for (Prompt prompt : prompts) {
        work.expect(prompt.task(), prompt.context(), missing(prompt, done).size());
      }
      boolean first = true;
      for (Prompt prompt : prompts) {
        List<Contestant> missing = missing(prompt, done);
        if (!missing.isEmpty()) {
          run(prompt, missing, first, folder, work);
          first = false;
        }
      }
    }
  }

  private RunInfo info(Shard shard) {
    return new RunInfo(
        new File(model.file().name()).getName(),
        modelFingerprint,
        Arguments.of(plan, model.engine().config()),
        shard.toString(),
        Machine.describe(model.engine().workers().threads()));
  }

  private List<Contestant> missing(Prompt prompt, Set<RunFolder.Key> done) {
    return contestants.stream()
        .filter(
            c ->
                !done.contains(
                    new RunFolder.Key(
                        prompt.task().name(),
                        prompt.context(),
                        prompt.sample(),
                        c.policy(),
                        c.budget())))
        .toList();
  }

  private void run(
      Prompt prompt, List<Contestant> missing, boolean first, RunFolder folder, Work work) {
    work.doing(prompt.text());
    long seed = prompt.seed(plan.seed());
    Sample sample = prompt.task().sample(prompt.context(), prompt.sample(), seed);
    String id = Fingerprints.of(sample);
    int[] tokens = sample.prompt();
    try (Sequence reader = model.open(full)) {
      reader.reserve(prompt.context());
      reader.prefill(
          tokens,
          read -> {
            if (work.stopped()) {
              throw new CancellationException("The evaluation was stopped.");
            }
            work.read(prompt.context(), tokens.length, read);
          });
      if (first) {
        warmUp(reader, tokens, work);
      }
      for (Contestant contestant : missing) {
        work.doing(
            "%s, %s at %s".formatted(prompt.text(), contestant.policy(), contestant.budget()));
        try (Sequence fork = reader.fork(contestant.attention())) {
          var decoding = new Decoding(fork, work::stopped);
          Outcome outcome = sample.run(decoding);
          folder.append(
              result(
                  prompt, seed, id, contestant, outcome, decoding, DecodeWork.of(fork.session())));
        }
        work.finished(prompt.task(), prompt.context());
      }
      work.ended(prompt.task(), prompt.context());
    }
  }

  /**
   * Decodes a few tokens with every policy and forgets them, until that gets no faster or time is
   * up: the first ones of a process take many times as long, because the code is not compiled yet.
   */
  private void warmUp(Sequence reader, int[] prompt, Work work) {
    work.doing("warming up");
    int tokens = Math.min(WARM_UP_TOKENS, model.config().context() - prompt.length);
    int[] given = Arrays.copyOf(prompt, tokens);
    // Outside the limit: interpreted code can take longer than all of it.
    contestants.forEach(contestant -> warmUp(reader, contestant, given, work));
    var rounds = new WarmUp(warmUp.toNanos() / 5, warmUp.toNanos());
    long start = System.nanoTime();
    long round;
    do {
      round = 0;
      for (Contestant contestant : contestants) {
        if (System.nanoTime() - start >= warmUp.toNanos()) {
          return;
        }
        round += warmUp(reader, contestant, given, work);
      }
    } while (!rounds.over(new double[] {round}, System.nanoTime() - start));
  }

  /** Nanoseconds of the steps, without the fork's. */
  private static long warmUp(Sequence reader, Contestant contestant, int[] tokens, Work work) {
    try (Sequence fork = reader.fork(contestant.attention())) {
      var decoding = new Decoding(fork, work::stopped);
      long start = System.nanoTime();
      for (int token : tokens) {
        decoding.decode(token);
      }
      return System.nanoTime() - start;
    }
  }

  private SampleResult result(
      Prompt prompt,
      long seed,
      String id,
      Contestant contestant,
      Outcome outcome,
      Decoding decoding,
      DecodeWork decoded) {
    return new SampleResult(
        prompt.task().name(),
        contestant.policy(),
        contestant.budget(),
        prompt.context(),
        prompt.sample(),
        seed,
        id,
        outcome.score(),
        decoding.tokens(),
        decoded.visibleTokens(),
        decoded.bytesPerToken(),
        decoding.medianMilliseconds(),
        decoded.attentionMilliseconds(),
        modelFingerprint,
        contestant.fingerprint(),
        outcome.details());
  }
}
