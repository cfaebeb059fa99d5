package dev.adamas.eval.report;

import dev.adamas.eval.RunInfo;
import dev.adamas.eval.SampleResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import tools.jackson.databind.json.JsonMapper;

/** A folder of results that a test fills. */
final class Folder {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path path;
  private final List<SampleResult> results = new ArrayList<>();
  private String model = "tiny";
  private String fingerprint = "model-1";
  private final TreeMap<String, String> arguments = new TreeMap<>(Map.of("seed", "1"));
  private String machine = "a machine, 2 threads";
  private OptionalDouble visible = OptionalDouble.empty();

  Folder(Path path) {
    this.path = path;
  }

  Folder model(String name, String print) {
    model = name;
    fingerprint = print;
    return this;
  }

  /** Sets an argument of the run. */
  Folder with(String name, String value) {
    arguments.put(name, value);
    return this;
  }

  /** The tokens that samples added from now on attend to; the budget before, or 64. */
  Folder visible(double tokens) {
    visible = OptionalDouble.of(tokens);
    return this;
  }

  Folder machine(String words) {
    machine = words;
    return this;
  }

  /** A sample of 10 tokens at context 1024 that took 2 ms per token. */
  Folder add(String task, String policy, String budget, int sample, double score) {
    return add(task, policy, budget, sample, score, 10, 2);
  }

  Folder add(
      String task, String policy, String budget, int sample, double score, int tokens, double ms) {
    return add(task, policy, budget, 1024, sample, score, tokens, ms, "prompt-" + sample, "plan");
  }

  Folder add(
      String task,
      String policy,
      String budget,
      int context,
      int sample,
      double score,
      int tokens,
      double ms,
      String prompt,
      String plan) {
    results.add(
        new SampleResult(
            task,
            policy,
            budget,
            context,
            sample,
            100 + sample,
            prompt,
            score,
            tokens,
            visible.orElse(Budget.tokens(budget).orElse(64)),
            policy.equals("full") ? 1e6 : 2.5e5,
            ms,
            ms / 2,
            fingerprint,
            plan,
            new TreeMap<>(Map.of("depth", 0.5))));
    return this;
  }

  List<String> lines() {
    return results.stream().map(JSON::writeValueAsString).toList();
  }

  Path write() throws IOException {
    return write(String.join("\n", lines()) + "\n");
  }

  Path write(String content) throws IOException {
    Files.createDirectories(path);
    Files.writeString(path.resolve("results.jsonl"), content);
    Files.writeString(
        path.resolve("run.json"),
        JSON.writeValueAsString(new RunInfo(model, fingerprint, arguments, "0/1", machine)));
    return path;
  }
}
