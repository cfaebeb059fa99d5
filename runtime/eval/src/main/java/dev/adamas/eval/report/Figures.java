package dev.adamas.eval.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Numbers of the report as text. */
final class Figures {

  private Figures() {}

  /** A score of a row: a perplexity, or per cent. */
  static String score(Row row, double score) {
    return row.isPerplexity() ? perplexity(score) : percent(score);
  }

  static String perplexity(double value) {
    return format(value < 100 ? "%.2f" : value < 1000 ? "%.1f" : "%.0f", value);
  }

  static String percent(double share) {
    return format("%.1f %%", 100 * share);
  }

  /** A difference to full: per cent of the perplexity, or points of the score. */
  static String difference(Row row, double difference) {
    return row.isPerplexity()
        ? signed(100 * Math.expm1(difference)) + " %"
        : points(100 * difference) + " pt";
  }

  /** The ends of a difference's interval, as far as scores can differ. */
  static String interval(Row row, Difference difference) {
    if (!difference.hasInterval()) {
      return pairs(difference);
    }
    if (!row.isPerplexity()) {
      double least = row.fullScore().isPresent() ? -row.fullScore().getAsDouble() : -1;
      double most = row.fullScore().isPresent() ? 1 - row.fullScore().getAsDouble() : 1;
      return "%s to %s pt"
          .formatted(
              points(100 * Math.max(difference.low(), Math.min(least, difference.mean()))),
              points(100 * Math.min(difference.high(), Math.max(most, difference.mean()))));
    }
    double low = 100 * Math.expm1(difference.low());
    double high = 100 * Math.expm1(difference.high());
    String digits = digits(Math.max(Math.abs(low), Math.abs(high)));
    return "%s to %s %%".formatted(signed(digits, low), signed(digits, high));
  }

  /** What is said where there are too few pairs for an interval. */
  static String pairs(Difference difference) {
    return difference.pairs() == 1 ? "one pair" : "two pairs";
  }

  private static String points(double value) {
    return signed("%+.1f", value);
  }

  /** With a sign, and more digits where it is small. */
  static String signed(double value) {
    return signed(digits(Math.abs(value)), value);
  }

  private static String digits(double size) {
    return size < 9.995 ? "%+.2f" : size < 99.95 ? "%+.1f" : "%+.0f";
  }

  private static String signed(String digits, double value) {
    String text = format(digits, value);
    return text.matches("-[0.]+") ? "+" + text.substring(1) : text;
  }

  static String bytes(double bytes) {
    return bytes >= 1e9
        ? significant(bytes / 1e9) + " GB"
        : bytes >= 1e6
            ? significant(bytes / 1e6) + " MB"
            : bytes >= 1e3 ? significant(bytes / 1e3) + " kB" : significant(bytes) + " B";
  }

  /** A time per token; a dash where none was measured. */
  static String milliseconds(double value) {
    return value > 0 ? significant(value) : "-";
  }

  /** Three digits that count. */
  static String significant(double value) {
    double size = Math.abs(value);
    return format(size < 9.995 ? "%.2f" : size < 99.95 ? "%.1f" : "%.0f", value);
  }

  /** Without zeros that say nothing; for labels of axes. */
  static String plain(double value) {
    return new BigDecimal(value).round(new MathContext(3)).stripTrailingZeros().toPlainString();
  }

  static String ratio(double ratio) {
    return significant(ratio) + "×";
  }

  /** A number of tokens; multiples of 1024 as K. */
  static String tokens(int tokens) {
    return tokens >= 1024 && tokens % 1024 == 0 ? tokens / 1024 + "K" : Integer.toString(tokens);
  }

  /** A budget, with the tokens that it came to where they are others. */
  static String budget(Row row) {
    return Budget.isAsAsked(row) || row.isFull() || !(row.visibleTokens() > 0)
        ? row.budget()
        : "%s (mean %s)".formatted(row.budget(), significant(row.visibleTokens()));
  }

  /** With the minus sign of typesetting, for the page. */
  static String typeset(String figures) {
    return figures.equals("-") ? "–" : figures.replace('-', '−');
  }

  static String format(String pattern, double value) {
    return String.format(Locale.ROOT, pattern, value);
  }
}
