package dev.adamas.eval;

import dev.adamas.engine.EngineConfig;
import dev.adamas.eval.task.NamedText;
import dev.adamas.eval.task.TaskOptions;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Everything that influences results, in text. Files are named by their content, not their path.
 */
final class Arguments {

  private Arguments() {}

  static SortedMap<String, String> of(EvalPlan plan, EngineConfig config) {
    TaskOptions options = plan.options();
    SortedMap<String, String> arguments = new TreeMap<>();
    arguments.put("tasks", String.join(",", plan.tasks()));
    arguments.put("policies", texts(plan.policies()));
    arguments.put("budgets", String.join(",", plan.budgets()));
    arguments.put("contexts", texts(plan.contexts()));
    arguments.put("samples", Integer.toString(plan.samples()));
    arguments.put("seed", Long.toString(plan.seed()));
    arguments.put("scored", Integer.toString(options.scoredTokens()));
    arguments.put("depths", options.depths().isEmpty() ? "spread" : texts(options.depths()));
    arguments.put("haystack", options.haystack().map(Arguments::content).orElse("generated"));
    arguments.put(
        "texts",
        options.texts().isEmpty()
            ? "haystack"
            : options.texts().stream().map(Arguments::content).collect(Collectors.joining(",")));
    options.longbench().ifPresent(folder -> arguments.put("longbench", content(folder)));
    arguments.put("backends", config.backends().isEmpty() ? "default" : texts(config.backends()));
    arguments.put("kv-type", config.cache().type().name().toLowerCase(Locale.ROOT));
    return Collections.unmodifiableSortedMap(arguments);
  }

  private static String texts(List<?> values) {
    return values.stream().map(Object::toString).collect(Collectors.joining(","));
  }

  private static String content(NamedText text) {
    return new File(text.name()).getName() + ":" + Fingerprints.of(text.text());
  }

  /** The JSONL files of a folder. */
  private static String content(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      StringBuilder content = new StringBuilder();
      for (Path file : files.filter(f -> f.toString().endsWith(".jsonl")).sorted().toList()) {
        content
            .append(file.toFile().getName())
            .append(Fingerprints.of(Files.readAllBytes(file)))
            .append('\n');
      }
      return Fingerprints.of(content.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
