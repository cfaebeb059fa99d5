package dev.adamas.eval;

import dev.adamas.engine.Reference;
import java.util.List;
import java.util.stream.Stream;

/**
 * A plan that reproduces experiments of the Adamas paper (arXiv 2510.18413) by configuration only,
 * in minutes on the embedded model.
 *
 * @param name how it is asked for
 * @param description one line
 * @param tasks as in {@link EvalPlan}
 * @param policies as in {@link EvalPlan}
 * @param budgets as in {@link EvalPlan}
 * @param contexts as in {@link EvalPlan}
 * @param samples as in {@link EvalPlan}
 */
public record Preset(
    String name,
    String description,
    List<String> tasks,
    List<Reference> policies,
    List<String> budgets,
    List<Integer> contexts,
    int samples) {

  private static final List<String> TASKS = List.of("passkey", "perplexity");
  private static final List<String> FEW_BUDGETS = List.of("16", "64", "256");

  private static final Preset PAPER_BUDGETS =
      of(
          "paper-budgets",
          "Adamas with and without the tail, Quest and StreamingLLM at budgets from 16 to 4096.",
          List.of("16", "32", "64", "128", "256", "512", "1024", "2048", "4096"),
          "full",
          "adamas",
          "adamas-tail",
          "quest",
          "streaming-llm");

  private static final Preset HADAMARD =
      of(
          "ablation-hadamard",
          "With and without the Hadamard transform.",
          FEW_BUDGETS,
          "full",
          "adamas",
          "adamas(transform=identity)",
          "adamas-dot",
          "adamas-dot(transform=identity)");

  private static final Preset BITS =
      of(
          "ablation-bits",
          "Codes of 1, 2 and 3 bits.",
          FEW_BUDGETS,
          "full",
          "adamas(quantizer=bucket(bits=1))",
          "adamas",
          "adamas(quantizer=bucket(bits=3))",
          "adamas-dot(quantizer=bucket(bits=1))",
          "adamas-dot",
          "adamas-dot(quantizer=bucket(bits=3))");

  private static final Preset DISTANCE =
      of(
          "ablation-distance",
          "Manhattan and Euclidean distance, products of codes, and the exact product.",
          FEW_BUDGETS,
          "full",
          "adamas",
          "adamas(quantizer=bucket(thresholds=quartile))",
          "adamas(distance=l2)",
          "adamas-dot",
          "adamas-dot(distance=asymmetric)",
          "adamas-dot(distance=asymmetric(query=int4),quantizer=bucket(center=true,scale=debias))",
          "oracle");

  private static final List<Preset> PARTS = List.of(PAPER_BUDGETS, HADAMARD, BITS, DISTANCE);

  private static final Preset ALL =
      new Preset(
          "all",
          "Every policy of the other presets.",
          TASKS,
          PARTS.stream().flatMap(preset -> preset.policies().stream()).distinct().toList(),
          List.of("16", "64", "256", "1024"),
          List.of(8192),
          4);

  /** Copies the lists. */
  public Preset {
    tasks = List.copyOf(tasks);
    policies = List.copyOf(policies);
    budgets = List.copyOf(budgets);
    contexts = List.copyOf(contexts);
  }

  private static Preset of(
      String name, String description, List<String> budgets, String... policies) {
    return new Preset(
        name,
        description,
        TASKS,
        Stream.of(policies).map(Reference::parse).toList(),
        budgets,
        List.of(8192),
        4);
  }

  /** Every preset. */
  public static List<Preset> all() {
    return Stream.concat(PARTS.stream(), Stream.of(ALL)).toList();
  }

  /**
   * The preset of a name.
   *
   * @throws IllegalArgumentException where there is none, listing what there is
   */
  public static Preset named(String name) {
    return all().stream()
        .filter(preset -> preset.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "There is no preset '%s'; there are %s."
                        .formatted(
                            name, String.join(", ", all().stream().map(Preset::name).toList()))));
  }
}
