package dev.adamas.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Budgets of some layers, as a policy's parameter: {@code 0-1:all,2-7:64,12:5%:64:1024}.
 *
 * @param ranges do not overlap
 */
public record LayerBudgets(List<Range> ranges) {

  /**
   * Layers with a budget of their own.
   *
   * @param first from 0
   * @param last inclusive
   * @param budget their budget; empty where they attend densely
   */
  public record Range(int first, int last, Optional<Budget> budget) {
    /** Refuses an empty range. */
    public Range {
      if (first < 0 || last < first) {
        throw new IllegalArgumentException(
            "Layers "
                + first
                + "-"
                + last
                + " are no range; write the lower layer first, from 0 on.");
      }
    }

    private String text() {
      return layers() + ":" + budget.map(Budget::text).orElse(ALL);
    }

    private String layers() {
      return first == last ? Integer.toString(first) : first + "-" + last;
    }
  }

  private static final String ALL = "all";
  private static final String NONE = "none";
  private static final Pattern RANGE = Pattern.compile("(\\d{1,6})(?:-(\\d{1,6}))?:(.+)");

  /** Copies {@code ranges}; refuses layers that are listed twice. */
  public LayerBudgets {
    ranges = List.copyOf(ranges);
    for (int i = 0; i < ranges.size(); i++) {
      for (int j = 0; j < i; j++) {
        Range a = ranges.get(j);
        Range b = ranges.get(i);
        if (b.first <= a.last && a.first <= b.last) {
          throw new IllegalArgumentException(
              "Layers %s and %s overlap; give each layer one budget."
                  .formatted(a.layers(), b.layers()));
        }
      }
    }
  }

  /** A parameter named {@code layer-budgets}, read by {@link #of}. */
  public static Parameter parameter() {
    return Parameter.text(
        "layer-budgets",
        NONE,
        "Budgets of some layers, such as 0-1:all,2-7:64; the others have budget.");
  }

  /** The value of {@link #parameter}. */
  public static LayerBudgets of(Settings settings) {
    return parse(settings.text("layer-budgets"));
  }

  /**
   * Reads {@code range:budget,…}: a layer or a range such as {@code 2-7}, then {@code all} or a
   * {@link Budget}; {@code none} is empty.
   *
   * @throws IllegalArgumentException where the text is not that
   */
  public static LayerBudgets parse(String text) {
    List<Range> ranges = new ArrayList<>();
    if (!text.strip().equals(NONE)) {
      for (String part : text.split(",", -1)) {
        Matcher matcher = RANGE.matcher(part.strip());
        if (!matcher.matches()) {
          throw new IllegalArgumentException(
              "'%s' is no budget of a layer; write 0-1:all,2-7:64 or none.".formatted(part));
        }
        int first = Integer.parseInt(matcher.group(1));
        int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
        String budget = matcher.group(3).strip();
        ranges.add(
            new Range(
                first,
                last,
                budget.equals(ALL) ? Optional.empty() : Optional.of(Budget.parse(budget))));
      }
    }
    return new LayerBudgets(ranges);
  }

  /** The same layers with other budgets; dense layers stay dense. */
  public LayerBudgets map(UnaryOperator<Budget> change) {
    return new LayerBudgets(
        ranges.stream().map(r -> new Range(r.first, r.last, r.budget.map(change))).toList());
  }

  /**
   * The plan of a layer.
   *
   * @param sparse the plan whose budget a listed layer replaces
   * @param otherwise the plan of layers that are not listed
   * @throws IllegalArgumentException where a range goes beyond the model, or where a budget does
   *     not fit the plan
   */
  public LayerPlan plan(int layer, ModelShape shape, LayerPlan.Sparse sparse, LayerPlan otherwise) {
    LayerPlan plan = otherwise;
    for (Range range : ranges) {
      if (range.last >= shape.layers()) {
        throw new IllegalArgumentException(
            "layer-budgets: %s goes beyond this model, which has layers 0 to %d."
                .formatted(range.layers(), shape.layers() - 1));
      }
      if (layer >= range.first && layer <= range.last) {
        plan =
            range.budget.isPresent()
                ? sparse.withBudget(range.budget.get())
                : new LayerPlan.Dense();
      }
    }
    return plan;
  }

  /** The text that {@link #parse} reads. */
  public String text() {
    return ranges.isEmpty()
        ? NONE
        : ranges.stream().map(Range::text).collect(Collectors.joining(","));
  }
}
