package dev.adamas.cli;

import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.Reference;
import dev.adamas.eval.EvalPlan;
import dev.adamas.eval.Evaluation;
import dev.adamas.eval.Preset;
import dev.adamas.eval.Shard;
import dev.adamas.eval.task.NamedText;
import dev.adamas.eval.task.TaskOptions;
import dev.adamas.model.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code adamas eval}: policies on many samples of many tasks. */
@Command(
    name = "eval",
    description = {
      "Evaluates attention policies against full attention, on the same prompts.",
      "Each prompt is read once with full attention; every policy at every budget goes on from there."
          + " Results are written as they come and survive the process: --resume continues a run."
    },
    footer = {
      "",
      "Tasks: passkey, multikey, niah-multivalue, niah-multiquery, variable-tracking, common-words,"
          + " frequent-words (retrieval and counting), perplexity and selection (on --text),"
          + " longbench (on --longbench).",
      "Presets: paper-budgets, ablation-hadamard, ablation-bits, ablation-distance, all; other options"
          + " change them."
    })
final class EvalCommand implements Callable<Integer> {

  /** The process was interrupted, as shells count it. */
  private static final int INTERRUPTED = 130;

  private static final List<String> TASKS = List.of("passkey", "perplexity");
  private static final List<String> POLICIES =
      List.of("full", "adamas", "adamas-dot", "adamas-tail", "quest", "streaming-llm");
  private static final List<String> BUDGETS = List.of("16", "64", "256");
  private static final List<Integer> CONTEXTS = List.of(8192);
  private static final int SAMPLES = 8;

  @Option(
      names = "--model",
      paramLabel = "FILE",
      description = "A GGUF file (default: the embedded model).")
  private Optional<Path> file = Optional.empty();

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      converter = PresetConverter.class,
      description = "Experiments of the Adamas paper, see below.")
  private Optional<Preset> preset = Optional.empty();

  @Option(
      names = "--tasks",
      paramLabel = "NAMES",
      split = ",",
      description = "Tasks, separated by commas, see below (default passkey,perplexity).")
  private List<String> tasks = List.of();

  @Option(
      names = "--policies",
      paramLabel = "NAMES",
      converter = PolicyList.Converter.class,
      description =
          "Policies, separated by commas, with options if any; full is always evaluated (default"
              + " full,adamas,adamas-dot,adamas-tail,quest,streaming-llm).")
  private Optional<PolicyList> policies = Optional.empty();

  @Option(
      names = "--budgets",
      paramLabel = "LIST",
      split = ",",
      description =
          "Budgets of the policies that set none themselves, such as 64, 5%% or top-p:0.9 (default"
              + " 16,64,256).")
  private List<String> budgets = List.of();

  @Option(
      names = "--contexts",
      paramLabel = "LIST",
      split = ",",
      description = "Tokens of prompt and answer together (default 8192).")
  private List<Integer> contexts = List.of();

  @Option(
      names = "--samples",
      paramLabel = "N",
      description = "Samples of every task and context (default 8).")
  private Optional<Integer> samples = Optional.empty();

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Another seed gives other samples (default 1).")
  private long seed;

  @Option(
      names = "--depths",
      paramLabel = "LIST",
      split = ",",
      description =
          "Where things are hidden, from 0 to 1, sample after sample (default: spread evenly).")
  private List<Double> depths = List.of();

  @Option(
      names = "--haystack",
      paramLabel = "FILE",
      description = "Text in which things are hidden (default: a generated story).")
  private Optional<String> haystack = Optional.empty();

  @Option(
      names = "--text",
      paramLabel = "FILE",
      description =
          "Text for perplexity and selection; may be given several times (default: the haystack).")
  private List<String> texts = List.of();

  @Option(
      names = "--scored",
      paramLabel = "N",
      defaultValue = "" + TaskOptions.SCORED_TOKENS,
      description = "Tokens at the end of each window that perplexity scores (default 128).")
  private int scored;

  @Option(
      names = "--longbench",
      paramLabel = "DIR",
      description = "Folder with LongBench's JSONL files.")
  private Optional<Path> longbench = Optional.empty();

  @Option(
      names = "--shard",
      paramLabel = "I/N",
      converter = ShardConverter.class,
      description = "Evaluate a part of the prompts only, from 0/N to (N-1)/N.")
  private Shard shard = Shard.whole();

  @Option(names = "--resume", description = "Continue the run in the folder, if there is one.")
  private boolean resume;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Folder for the results; new or empty unless a run is continued.")
  @SuppressWarnings("NullAway.Init") // required
  private Path out;

  @Mixin private MachineOptions machine = new MachineOptions();

  @Mixin private PluginOptions plugins = new PluginOptions();

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  private final Terminal terminal;

  EvalCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    requireNames();
    TaskOptions options = options();
    EvalPlan plan = Usage.check(spec, () -> plan(options));
    EngineConfig config = Usage.check(spec, this::config);
    try (PluginOptions.Running running = Usage.check(spec, () -> plugins.engine(config));
        Model model =
            file.isPresent()
                ? Model.load(file.get(), running.engine())
                : Model.embedded(running.engine())) {
      Evaluation evaluation = Usage.check(spec, () -> Evaluation.of(model, plan));
      OutputFolder.prepare(out);
      evaluation.notices().forEach(terminal.err()::println);
      return run(evaluation);
    }
  }

  private int run(Evaluation evaluation) throws IOException {
    var progress = new EvalProgress(terminal, System::nanoTime);
    try {
      evaluation.run(out, shard, resume, progress);
      progress.end();
      ReportCommand.publish(List.of(out), out, terminal);
      return 0;
    } catch (CancellationException _) {
      progress.end();
      terminal
          .err()
          .println(
              "adamas: Stopped; the same command with --resume continues the run in " + out + ".");
      return INTERRUPTED;
    } catch (RuntimeException | Error e) {
      progress.end();
      throw e;
    }
  }

  private void requireNames() {
    Usage.requireName(spec, "--out", out, "a folder");
    file.ifPresent(name -> Usage.requireName(spec, "--model", name, "a file"));
    texts.forEach(name -> Usage.requireName(spec, "--text", name, "a file"));
    haystack.ifPresent(name -> Usage.requireName(spec, "--haystack", name, "a file"));
    longbench.ifPresent(name -> Usage.requireName(spec, "--longbench", name, "a folder"));
  }

  private TaskOptions options() throws IOException {
    List<NamedText> read = new ArrayList<>();
    for (String name : texts) {
      read.add(new NamedText(name, Texts.read(terminal, name)));
    }
    Optional<NamedText> hay =
        haystack.isPresent()
            ? Optional.of(new NamedText(haystack.get(), Texts.read(terminal, haystack.get())))
            : Optional.empty();
    return Usage.check(spec, () -> new TaskOptions(hay, read, longbench, scored, depths));
  }

  private EvalPlan plan(TaskOptions options) {
    return new EvalPlan(
        asked(tasks, Preset::tasks, TASKS),
        policies
            .map(PolicyList::references)
            .or(() -> preset.map(Preset::policies))
            .orElseGet(() -> POLICIES.stream().map(Reference::parse).toList()),
        asked(budgets, Preset::budgets, BUDGETS),
        asked(contexts, Preset::contexts, CONTEXTS),
        samples.or(() -> preset.map(Preset::samples)).orElse(SAMPLES),
        seed,
        options);
  }

  private <T> List<T> asked(List<T> given, Function<Preset, List<T>> of, List<T> otherwise) {
    return given.isEmpty() ? preset.map(of).orElse(otherwise) : given;
  }

  private EngineConfig config() {
    EngineConfig base = EngineConfig.defaults();
    EngineConfig.Builder builder = base.toBuilder();
    machine.over(base, builder);
    plugins.over(base, builder);
    return builder.build();
  }

  /** Reads names of presets. */
  static final class PresetConverter implements ITypeConverter<Preset> {
    @Override
    public Preset convert(String text) {
      return checked(text, Preset::named);
    }
  }

  /** Reads shards. */
  static final class ShardConverter implements ITypeConverter<Shard> {
    @Override
    public Shard convert(String text) {
      return checked(text, Shard::parse);
    }
  }

  private static <T> T checked(String text, Function<String, T> reader) {
    try {
      return reader.apply(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(Sentences.of(e));
    }
  }
}
