package dev.adamas.cli;

import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.Reference;
import dev.adamas.eval.Budgets;
import dev.adamas.model.Model;
import dev.adamas.model.Sampler;
import dev.adamas.model.SamplerSettings;
import dev.adamas.model.Sequence;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code adamas run}: continues a prompt. */
@Command(
    name = "run",
    description = {
      "Continues a prompt with a model, streaming the text to standard output and one line of"
          + " statistics to standard error.",
      "The prompt is given to the model as it is: no chat template is applied."
    })
final class RunCommand implements Callable<Integer> {

  /** Full quality at a fraction of the reading; a host has to ask for it, a user should not. */
  private static final String DEFAULT_POLICY = "adamas-tail";

  /** Where the prompt comes from. */
  static final class Prompt {
    @Option(names = "--prompt", paramLabel = "TEXT", required = true, description = "The prompt.")
    private Optional<String> text = Optional.empty();

    @Option(
        names = "--prompt-file",
        paramLabel = "FILE",
        required = true,
        description = "A file with the prompt; '-' is standard input.")
    private Optional<String> file = Optional.empty();

    private String read(Terminal terminal) throws IOException {
      return text.isPresent() ? text.get() : Texts.read(terminal, file.orElseThrow());
    }
  }

  /** How the next token is chosen. */
  static final class Sampling {
    @Option(
        names = "--temperature",
        paramLabel = "T",
        defaultValue = "0",
        description = "Randomness; 0, the default, always takes the most likely token.")
    private double temperature;

    @Option(
        names = "--top-k",
        paramLabel = "K",
        defaultValue = "0",
        description = "Sample from the K most likely tokens; 0, the default, from all.")
    private int topK;

    @Option(
        names = "--top-p",
        paramLabel = "P",
        defaultValue = "1",
        description =
            "Sample from the most likely tokens that together have this probability (default 1).")
    private double topP;

    @Option(
        names = "--min-p",
        paramLabel = "P",
        defaultValue = "0",
        description = "Leave out tokens below this part of the best probability (default 0).")
    private double minP;

    @Option(
        names = "--repeat-penalty",
        paramLabel = "R",
        defaultValue = "1",
        description = "Makes tokens of the last 64 less likely; 1, the default, does not.")
    private double repeatPenalty;

    @Option(
        names = "--seed",
        paramLabel = "N",
        defaultValue = "0",
        description = "Seed of the random choices (default 0).")
    private long seed;

    private SamplerSettings settings() {
      return SamplerSettings.temperature(temperature, seed)
          .withTopK(topK)
          .withTopP(topP)
          .withMinP(minP)
          .withRepeatPenalty(repeatPenalty, 64);
    }
  }

  @Option(names = "--model", paramLabel = "FILE", required = true, description = "A GGUF file.")
  @SuppressWarnings("NullAway.Init") // required
  private Path file;

  @ArgGroup(multiplicity = "1")
  @SuppressWarnings("NullAway.Init") // required
  private Prompt prompt;

  @Option(
      names = "--special",
      description =
          "Names of control tokens in the prompt, such as <|im_end|>, become these tokens.")
  private boolean special;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "256",
      description = "Tokens to generate at most (default 256).")
  private int maxTokens;

  @Mixin private Sampling sampling = new Sampling();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "A configuration in YAML: policy, layers, backends, threads, prefill, cache, swap. Options take"
              + " precedence.")
  private Optional<Path> configFile = Optional.empty();

  @Option(
      names = "--policy",
      paramLabel = "NAME",
      converter = MachineOptions.ReferenceConverter.class,
      description =
          "The attention policy, with options if any: adamas-dot, 'adamas-dot(sinks=4)'. 'adamas"
              + " list' shows what exists (default "
              + DEFAULT_POLICY
              + ", or what --config says).")
  private Optional<Reference> policy = Optional.empty();

  @Option(
      names = "--budget",
      paramLabel = "N",
      description = "Tokens that a query may attend to, for policies that have a budget.")
  private Optional<String> budget = Optional.empty();

  @Option(
      names = "--swap",
      paramLabel = "TOKEN:POLICY[:BUDGET]",
      converter = SwapRequest.Converter.class,
      description = {
        "Change to another policy after TOKEN generated tokens, while the text goes on; may be"
            + " repeated. Its indexes are built in the background, so that the change itself comes"
            + " some tokens later; the end says when, and how long each state took."
      })
  private List<SwapRequest> swaps = List.of();

  @Mixin private MachineOptions machine = new MachineOptions();

  @Mixin private PluginOptions plugins = new PluginOptions();

  @Option(
      names = "--json",
      paramLabel = "FILE",
      converter = Json.OutputFile.class,
      description = "Write tokens, text and times to a file.")
  private Optional<Path> json = Optional.empty();

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Add the N most likely tokens of every step to the JSON, with their probabilities before"
              + " temperature and penalties.")
  private int top;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  private final Terminal terminal;

  RunCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Usage.require(spec, maxTokens >= 1, "--max-tokens is " + maxTokens + "; at least 1 is needed.");
    Usage.require(spec, top >= 0, "--top is " + top + "; 0 or more are needed.");
    SamplerSettings settings = Usage.check(spec, sampling::settings);
    String text = prompt.read(terminal);
    Usage.require(
        spec, !text.isEmpty(), "The prompt is empty; give the model some text to continue.");
    EngineConfig defaults = EngineConfig.builder().policy(DEFAULT_POLICY).build();
    EngineConfig base = configFile.map(path -> EngineConfig.read(path, defaults)).orElse(defaults);
    EngineConfig config = Usage.check(spec, () -> configured(base));
    try (PluginOptions.Running running = Usage.check(spec, () -> plugins.engine(config));
        Model model = Model.load(file, running.engine());
        Sequence sequence = model.open(Usage.check(spec, running.engine()::policy))) {
      swaps.forEach(swap -> Usage.check(spec, () -> running.engine().policy(swap.policy())));
      int[] tokens = model.tokenizer().encode(text, true, special);
      // As a long: any number of tokens may be asked for, the context ends it.
      long most = Math.min(model.config().context(), (long) tokens.length + maxTokens);
      sequence.reserve((int) most);
      var generation = new Generation(terminal, model, sequence, Sampler.of(settings), top, swaps);
      Generation.Result result = generation.run(tokens, maxTokens);
      if (json.isPresent()) {
        Json.write(json.get(), result);
      }
    }
    return 0;
  }

  private EngineConfig configured(EngineConfig base) {
    Reference chosen = policy.orElse(base.policy());
    EngineConfig.Builder builder =
        base.toBuilder().policy(budget.map(tokens -> Budgets.set(chosen, tokens)).orElse(chosen));
    machine.over(base, builder);
    plugins.over(base, builder);
    return builder.build();
  }
}
