package dev.adamas.eval.report;

import java.util.Comparator;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Budgets as they were asked for: tokens such as {@code 64}, or others in text. */
final class Budget {

  private static final Pattern WHOLE = Pattern.compile("\\d{1,9}");
  private static final Pattern NUMBER = Pattern.compile("\\d+(\\.\\d+)?");

  /** Tokens ascending, then the others by kind and number. */
  static final Comparator<String> ORDER =
      Comparator.comparing((String budget) -> tokens(budget).isEmpty())
          .thenComparing(budget -> NUMBER.matcher(budget).replaceFirst("#"))
          .thenComparingDouble(Budget::number)
          .thenComparing(Comparator.naturalOrder());

  private Budget() {}

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
