package dev.adamas.cli;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.Reference;
import dev.adamas.engine.SessionDescription;
import dev.adamas.eval.Budgets;
import dev.adamas.eval.task.PassKeyDocument;
import dev.adamas.model.Model;
import dev.adamas.model.Sequence;
import dev.adamas.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code adamas demo}: policies against each other on one document. */
@Command(
    name = "demo",
    description = {
      "Hides a pass key in a long document, lets the embedded model read it once, and asks for the"
          + " key under each attention policy.",
      "Document and question are read with full attention up to the last token; that one and the"
          + " answer are decoded with the policy."
    })
final class DemoCommand implements Callable<Integer> {

  private static final String POLICIES = "full,adamas,adamas-dot,adamas-tail,quest,streaming-llm";

  /** All results as JSON. */
  record Report(
      String model,
      int contextTokens,
      long seed,
      String backend,
      int threads,
      double prefillMs,
      List<Contestant.Result> results) {}

  /** The results of {@code --swap} as JSON. */
  record SwapResults(
      String model,
      int contextTokens,
      long seed,
      int threads,
      double prefillMs,
      List<SwapDemo.Change> changes) {}

  /** The document that hides a key. */
  private record Hidden(int[] prompt, String key) {}

  private record Outcome(Report report, DemoTable table, Contest.Course course) {}

  @Option(
      names = "--context",
      paramLabel = "N",
      defaultValue = "8192",
      description = "Tokens of the document, question included (default 8192).")
  private int context;

  @Option(
      names = "--budget",
      paramLabel = "N",
      defaultValue = "64",
      description = "Tokens that a query may attend to (default 64).")
  private int budget;

  @Option(
      names = "--policies",
      paramLabel = "NAMES",
      converter = PolicyList.Converter.class,
      defaultValue = POLICIES,
      description =
          "Policies, separated by commas, with options if any (default " + POLICIES + ").")
  private PolicyList policies = new PolicyList(List.of());

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Another document, key and depth for another seed (default 1).")
  private long seed;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      converter = Json.OutputFile.class,
      description = "Write the results to a file, too.")
  private Optional<Path> json = Optional.empty();

  @Option(
      names = "--swap",
      description = {
        "Let one sequence answer, change to the next of the policies in the midst of each answer, and"
            + " print how long each state of a change took."
      })
  private boolean swap;

  @Mixin private MachineOptions machine = new MachineOptions();

  @Mixin private PluginOptions plugins = new PluginOptions();

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  private final Terminal terminal;

  DemoCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Usage.require(spec, budget >= 1, "--budget is " + budget + "; at least 1 is needed.");
    EngineConfig config = Usage.check(spec, this::config);
    try (PluginOptions.Running running = Usage.check(spec, () -> plugins.engine(config));
        Model model = Model.embedded(running.engine())) {
      if (swap) {
        swap(running.engine(), model);
        return 0;
      }
      Outcome outcome = compare(running.engine(), model);
      print(outcome);
      if (json.isPresent()) {
        Json.write(json.get(), outcome.report());
      }
      return 0;
    } catch (CancellationException _) {
      terminal.err().println("adamas: Stopped.");
      return 1;
    }
  }

  private EngineConfig config() {
    EngineConfig base = EngineConfig.defaults();
    EngineConfig.Builder builder = base.toBuilder();
    machine.over(base, builder);
    plugins.over(base, builder);
    return builder.build();
  }

  private Hidden hide(Model model) {
    int most = model.config().context() - Contestant.ANSWER_TOKENS;
    Usage.require(
        spec,
        context >= PassKeyDocument.MIN_TOKENS && context <= most,
        "--context is %d; the embedded model takes documents of %d to %d tokens."
            .formatted(context, PassKeyDocument.MIN_TOKENS, most));
    Tokenizer tokenizer = model.tokenizer();
    PassKeyDocument document =
        PassKeyDocument.generate(context, seed, text -> tokenizer.encode(text).length);
    int[] prompt = tokenizer.encode(document.text());
    terminal
        .out()
        .printf(
            Locale.ROOT,
            "A document of %d tokens hides the pass key %s at %.0f %% of its length.%n",
            prompt.length,
            document.key(),
            document.depth() * 100);
    return new Hidden(prompt, document.key());
  }

  private List<Reference> references(Engine engine) {
    return policies.references().stream().map(r -> budgeted(engine, r)).toList();
  }

  private void swap(Engine engine, Model model) throws IOException {
    List<Reference> references = references(engine);
    Usage.require(spec, references.size() >= 2, "--swap needs at least two policies.");
    List<AttentionPolicy> resolved =
        Usage.check(spec, () -> references.stream().map(engine::policy).toList());
    Hidden hidden = hide(model);
    int[] prompt = hidden.prompt();
    try (Sequence sequence = model.open(resolved.getFirst())) {
      sequence.reserve(context + Contestant.ANSWER_TOKENS);
      double prefillMs = read(sequence, Arrays.copyOf(prompt, prompt.length - 1));
      List<String> names = policies.references().stream().map(Reference::toString).toList();
      List<SwapDemo.Change> changes =
          new SwapDemo(terminal, engine, model)
              .run(sequence, prompt[prompt.length - 1], references, names, hidden.key());
      terminal.out().println();
      SwapDemo.print(changes, terminal.out());
      if (json.isPresent()) {
        Json.write(
            json.get(),
            new SwapResults(
                model.file().name(),
                prompt.length,
                seed,
                engine.workers().threads(),
                prefillMs,
                changes));
      }
    }
  }

  private Outcome compare(Engine engine, Model model) {
    List<Reference> references = references(engine);
    List<AttentionPolicy> resolved =
        Usage.check(spec, () -> references.stream().map(engine::policy).toList());
    Hidden document = hide(model);
    int[] prompt = document.prompt();

    List<Contestant> contestants = new ArrayList<>();
    try (Sequence reader = model.open(engine.policy("full"))) {
      reader.reserve(context + Contestant.ANSWER_TOKENS);
      double prefillMs = read(reader, Arrays.copyOf(prompt, prompt.length - 1));
      for (int i = 0; i < references.size(); i++) {
        contestants.add(
            new Contestant(
                policies.references().get(i).toString(),
                Budgets.of(references.get(i)).map(b -> b.limit(context)),
                model,
                reader.fork(resolved.get(i))));
      }
      Contest.Course course =
          new Contest(terminal, System::nanoTime, contestants, prompt[prompt.length - 1])
              .run(context);
      List<Contestant.Result> results =
          contestants.stream().map(c -> c.result(document.key())).toList();
      Report report =
          new Report(
              model.file().name(),
              prompt.length,
              seed,
              backends(contestants),
              engine.workers().threads(),
              prefillMs,
              results);
      List<DemoTable.Line> lines =
          IntStream.range(0, results.size())
              .mapToObj(i -> new DemoTable.Line(results.get(i), contestants.get(i).denseLayers()))
              .toList();
      return new Outcome(report, new DemoTable(lines, model.config().shape().layers()), course);
    } finally {
      contestants.forEach(Contestant::close);
    }
  }

  private static String backends(List<Contestant> contestants) {
    return contestants.stream()
        .flatMap(c -> c.describe().layers().stream())
        .map(SessionDescription.Layer::backend)
        .map(name -> Reference.parse(name).id())
        .distinct()
        .collect(Collectors.joining(", "));
  }

  private Reference budgeted(Engine engine, Reference policy) {
    return Budgets.of(policy).isPresent() || !Budgets.has(engine.catalogue(), policy)
        ? policy
        : Budgets.set(policy, Integer.toString(budget));
  }

  private double read(Sequence reader, int[] tokens) {
    var progress = new Progress(terminal, "Reading", tokens.length, System::nanoTime);
    long start = System.nanoTime();
    reader.prefill(
        tokens,
        done -> {
          stopIfWanted();
          progress.update(done);
        });
    return (System.nanoTime() - start) / 1e6;
  }

  private void stopIfWanted() {
    if (terminal.stopped().get()) {
      throw new CancellationException();
    }
  }

  private void print(Outcome outcome) {
    Report report = outcome.report();
    terminal.out().println();
    outcome.table().print(terminal.out());
    terminal
        .out()
        .printf(
            Locale.ROOT,
            "%nMedians of %d tokens on %s, %d threads, after %.0f s of warming up. KV read: keys, values and"
                + " codes. Speed-up over full: of the whole token, and of attention alone.%n",
            outcome.course().measuredTokens(),
            report.backend(),
            report.threads(),
            outcome.course().warmUpSeconds());
  }
}
