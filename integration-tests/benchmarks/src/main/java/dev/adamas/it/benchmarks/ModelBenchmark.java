package dev.adamas.it.benchmarks;

import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.Session;
import dev.adamas.engine.SessionStatistics;
import dev.adamas.model.Model;
import dev.adamas.model.Sequence;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A whole model: prefill once, then decode under each policy from a fork, token by token in turns.
 *
 * <p>With {@code --peer DIR}, llama.cpp's benchmark script in that folder ({@code bench.mjs}, run
 * by {@code node}) measures the same model and context before and after, on the same machine in the
 * same minutes.
 */
final class ModelBenchmark {

  static final Map<String, String> DEFAULTS =
      Map.of(
          "model", "",
          "context", "8192",
          "tokens", "32",
          "threads", "2",
          "prefills", "1",
          "peer", "",
          "policies",
              "full,adamas(budget=128),adamas-dot(budget=128),adamas-dot(budget=128,dense-layers=0),"
                  + "quest(budget=128),streaming-llm(budget=128)");

  private static final String WORDS =
      "the old man and the sea were in the room of the house by the river when it was dark ";

  private ModelBenchmark() {}

  static String run(Arguments arguments) throws IOException, InterruptedException {
    StringBuilder text = new StringBuilder();
    peer(arguments, text);
    EngineConfig config = EngineConfig.builder().threads(arguments.whole("threads")).build();
    String file = arguments.text("model");
    long start = System.nanoTime();
    try (Engine engine = Engine.create(config);
        Model model = file.isEmpty() ? Model.embedded(engine) : Model.load(Path.of(file), engine)) {
      double loadMs = millis(start);
      double bandwidth = ReadBandwidth.measure(engine.workers());
      text.append(
          "%s%n%s, %s tokens, %s threads, loaded in %.0f ms, read bandwidth %.1f GB/s%n"
              .formatted(
                  Machine.describe(),
                  model.file().name(),
                  arguments.text("context"),
                  arguments.text("threads"),
                  loadMs,
                  bandwidth / 1e9));
      measure(arguments, engine, model, text);
    }
    peer(arguments, text);
    return text.toString();
  }

  private static void measure(Arguments arguments, Engine engine, Model model, StringBuilder text) {
    int[] words = model.tokenizer().encode(WORDS);
    int[] prompt = new int[arguments.whole("context")];
    for (int i = 0; i < prompt.length; i++) {
      prompt[i] = words[(i * 7 + (i >> 5)) % words.length];
    }
    warmUp(model, prompt);
    Times prefill = new Times(arguments.whole("prefills"));
    for (int i = 1; i < arguments.whole("prefills"); i++) {
      try (Sequence sequence = model.open()) {
        prefill(sequence, prompt, prefill);
      }
    }
    try (Sequence sequence = model.open()) {
      prefill(sequence, prompt, prefill);
      text.append(
          "prefill: median %.0f ms, %.0f tokens/s%n"
              .formatted(prefill.median(), prompt.length / prefill.median() * 1e3));
      decode(arguments, engine, sequence, text);
    }
  }

  /** Compiles what a prompt needs, on a prompt short enough to cost little. */
  private static void warmUp(Model model, int[] prompt) {
    for (int i = 0; i < 3; i++) {
      try (Sequence sequence = model.open()) {
        sequence.prefill(java.util.Arrays.copyOf(prompt, Math.min(prompt.length, 1024)));
      }
    }
  }

  private static void prefill(Sequence sequence, int[] prompt, Times times) {
    long start = System.nanoTime();
    sequence.prefill(prompt);
    times.add(System.nanoTime() - start);
  }

  private static void decode(
      Arguments arguments, Engine engine, Sequence prompt, StringBuilder text) {
    int tokens = arguments.whole("tokens");
    int warmUp = Math.max(16, tokens / 2);
    List<String> policies = arguments.list("policies");
    List<Sequence> sequences = new ArrayList<>();
    List<Times> steps = new ArrayList<>();
    List<Times> attention = new ArrayList<>();
    for (String policy : policies) {
      sequences.add(prompt.fork(engine.policy(policy)));
      steps.add(new Times(tokens));
      attention.add(new Times(tokens));
    }
    for (int token = -warmUp; token < tokens; token++) {
      for (int i = 0; i < sequences.size(); i++) {
        Sequence sequence = sequences.get(i);
        long before = sequence.session().statistics().decode().attentionNanos();
        long start = System.nanoTime();
        sequence.decode(100 + Math.floorMod(token, 50));
        long step = System.nanoTime() - start;
        if (token >= 0) {
          steps.get(i).add(step);
          attention.get(i).add(sequence.session().statistics().decode().attentionNanos() - before);
        }
      }
    }
    text.append(
        "| policy | decode ms/token | attention ms/token | decode speed-up | attention speed-up | KV + index MB/token |\n");
    text.append("|---|---|---|---|---|---|\n");
    for (int i = 0; i < policies.size(); i++) {
      Session session = sequences.get(i).session();
      SessionStatistics.Work last = session.statistics().lastStep();
      text.append(
          "| %s | %.2f | %.2f | %.2f | %.2f | %.2f |%n"
              .formatted(
                  policies.get(i),
                  steps.get(i).median(),
                  attention.get(i).median(),
                  steps.getFirst().median() / steps.get(i).median(),
                  attention.getFirst().median() / attention.get(i).median(),
                  (last.kvBytesRead() + last.indexBytesRead()) / 1e6));
      sequences.get(i).close();
    }
  }

  private static void peer(Arguments arguments, StringBuilder text)
      throws IOException, InterruptedException {
    String folder = arguments.text("peer");
    if (folder.isEmpty()) {
      return;
    }
    if (arguments.text("model").isEmpty()) {
      throw new IllegalArgumentException("The peer reads a file: name the model with --model.");
    }
    Process process =
        new ProcessBuilder(
                "node",
                "bench.mjs",
                Path.of(arguments.text("model")).toAbsolutePath().toString(),
                arguments.text("context"),
                arguments.text("tokens"),
                arguments.text("threads"),
                "both")
            .directory(Path.of(folder).toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    text.append(
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8));
    if (process.waitFor() != 0) {
      throw new IllegalStateException(
          "The peer failed; run node bench.mjs in " + folder + " to see why.");
    }
  }

  private static double millis(long start) {
    return (System.nanoTime() - start) / 1e6;
  }
}
