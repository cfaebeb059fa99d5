package dev.adamas.eval.report;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The smallest budget at which each policy is about as good as full attention. */
final class Glance {

  /** One per cent of the perplexity, or one point of the score. */
  private static final double TOLERANCE = 0.01;

  private final List<Row> rows;
  private final List<String> policies;

  /** Where full attention has no score to lose. */
  private final Set<String> failed;

  Glance(List<Row> rows, List<String> policies) {
    this.rows =
        rows.stream()
            .filter(row -> row.difference().isPresent() && !Scoring.isSelection(row.task()))
            .sorted(Comparator.comparing(row -> !row.isPerplexity()))
            .toList();
    this.policies = List.copyOf(policies);
    this.failed =
        rows.stream()
            .filter(row -> row.isFull() && !row.isPerplexity() && row.score() <= TOLERANCE)
            .map(Charts::title)
            .collect(Collectors.toSet());
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  void write(Markup out, Legend legend) {
    Set<String> titles = new LinkedHashSet<>();
    rows.forEach(row -> titles.add(Charts.title(row)));
    out.open(
        "div",
        "class",
        "scroll",
        "tabindex",
        "0",
        "role",
        "region",
        "aria-label",
        "Smallest sufficient budgets");
    out.open("table", "class", "glance").open("thead").open("tr");
    out.element("th", "policy", "scope", "col");
    titles.forEach(
        title -> {
          int comma = title.lastIndexOf(", ");
          out.open("th", "scope", "col").text(title.substring(0, comma)).empty("br");
          out.element("small", title.substring(comma + 2).replace(" tokens", "")).close();
        });
    out.close().close().line().open("tbody");
    for (String policy : policies) {
      out.open("tr").open("th", "scope", "row");
      legend.key(out, policy);
      out.close();
      titles.forEach(title -> cell(out, policy, title));
      out.close().line();
    }
    out.close().close().close().line();
    if (titles.stream().anyMatch(failed::contains)) {
      out.element(
              "p",
              "A dash: full attention itself scores at most one point there. The model cannot do"
                  + " the task, so that it says nothing about policies.",
              "class",
              "note")
          .line();
    }
  }

  private void cell(Markup out, String policy, String title) {
    List<Row> asked =
        rows.stream()
            .filter(r -> r.policy().equals(policy) && Charts.title(r).equals(title))
            .toList();
    Optional<Row> enough = smallest(asked);
    if (failed.contains(title) && !asked.isEmpty()) {
      out.element("td", "–", "class", "none", "title", "full attention scores at most one point");
    } else if (enough.isPresent()) {
      out.element("td", Figures.budget(enough.get()), "title", Quality.describe(enough.get()));
    } else if (asked.isEmpty()) {
      out.element("td", "", "class", "none", "title", "not run");
    } else {
      out.element(
          "td",
          "none",
          "class",
          "none",
          "title",
          "not within the tolerance at any budget up to " + asked.getLast().budget());
    }
  }

  /** Rows ascend by budget; a lucky small one does not count where a larger one fails. */
  static Optional<Row> smallest(List<Row> ascending) {
    Optional<Row> smallest = Optional.empty();
    for (Row row : ascending.reversed()) {
      if (!isAsGood(row)) {
        break;
      }
      smallest = Optional.of(row);
    }
    return smallest;
  }

  private static boolean isAsGood(Row row) {
    double mean = row.difference().orElseThrow().mean();
    return row.isPerplexity()
        ? Math.expm1(mean) <= TOLERANCE
        : mean >= -TOLERANCE - 1e-9; // as 0.99 - 1
  }
}
