package dev.adamas.eval.report;

import java.util.List;
import java.util.OptionalDouble;

/**
 * The content of {@code summary.json}.
 *
 * @param model name of the model
 * @param rows in the order of the report
 */
record Summary(String model, List<Entry> rows) {

  /**
   * A row.
   *
   * @param budget a number where it is a number of tokens, else text
   * @param fullScore full attention's on the same prompts; null in the file where it has not
   *     answered all of them
   * @param visibleTokens tokens attended to in a layer that is not dense, mean: the size that a
   *     budget of mass came to
   */
  record Entry(
      String task,
      String policy,
      Object budget,
      int context,
      int samples,
      double score,
      OptionalDouble fullScore,
      double visibleTokens,
      double kvBytesReadPerToken,
      double decodeMsPerToken) {}

  static Summary of(String model, List<Row> rows) {
    return new Summary(model, rows.stream().map(Summary::entry).toList());
  }

  private static Entry entry(Row row) {
    var tokens = Budget.tokens(row.budget());
    return new Entry(
        row.task(),
        row.policy(),
        tokens.isPresent() ? (Object) tokens.getAsInt() : row.budget(),
        row.context(),
        row.samples(),
        row.score(),
        row.fullScore(),
        row.visibleTokens(),
        row.kvBytesReadPerToken(),
        row.decodeMsPerToken());
  }
}
