package dev.adamas.eval.report;

import java.util.Comparator;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Budgets as they were asked for: tokens such as {@code 64}, or others in text. */
final class Budget {

  private static final Pattern WHOLE = Pattern.compile("\\d{1,9}");

  /** The option of policies whose layers have budgets of their own. */
  private static final String LAYERS = "layer-budgets";

  private static final Pattern NUMBER = Pattern.compile("\\d+(\\.\\d+)?");

  /** Tokens ascending, then the others by kind and number. */
  static final Comparator<String> ORDER =
      Comparator.comparing((String budget) -> tokens(budget).isEmpty())
          .thenComparing(budget -> NUMBER.matcher(budget).replaceFirst("#"))
          .thenComparingDouble(Budget::number)
          .thenComparing(Comparator.naturalOrder());

  /** More than was asked, beyond what rounding does. */
  private static final double MORE = 1.02;

  private Budget() {}

  /**
   * Where a row lies among budgets: at the tokens that it was asked to attend to, or at those that
   * it did attend to where these are others; 0 where it has no place.
   */
  static double place(Row row) {
    return isAsAsked(row) ? tokens(row.budget()).orElse(0) : row.visibleTokens();
  }

  /**
   * Whether the tokens asked for say what a row attended to. They do not where layers have budgets
   * of their own, or a policy takes more, such as a least number of pages. A little less, such as a
   * last page that is not full yet, is still the budget.
   */
  static boolean isAsAsked(Row row) {
    OptionalInt tokens = tokens(row.budget());
    return tokens.isPresent()
        && !row.policy().contains(LAYERS)
        && row.visibleTokens() <= MORE * tokens.getAsInt();
  }

  /** The tokens of a budget that is a number of tokens. */
  static OptionalInt tokens(String budget) {
    return WHOLE.matcher(budget).matches()
        ? OptionalInt.of(Integer.parseInt(budget))
        : OptionalInt.empty();
  }

  private static double number(String budget) {
    Matcher matcher = NUMBER.matcher(budget);
    return matcher.find() ? Double.parseDouble(matcher.group()) : 0;
  }
}
