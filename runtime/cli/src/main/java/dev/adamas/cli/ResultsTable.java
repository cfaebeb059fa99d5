package dev.adamas.cli;

import dev.adamas.eval.report.Report;
import java.io.PrintStream;
import java.util.List;
import java.util.stream.IntStream;

/** What evaluations found, on the terminal. */
final class ResultsTable {

  /** The columns of words; the others are figures. */
  private static final int TASK = 0;

  private static final int POLICY = 2;

  private ResultsTable() {}

  static void print(Report report, PrintStream out) {
    List<List<String>> lines = report.table();
    List<String> titles = lines.getFirst();
    var table =
        new Table(
            IntStream.range(0, titles.size())
                .mapToObj(
                    i ->
                        new Table.Column(
                            titles.get(i),
                            i == TASK || i == POLICY ? Table.Align.LEFT : Table.Align.RIGHT))
                .toList());
    lines.stream().skip(1).forEach(table::row);
    table.print(out);
    out.println();
    out.println(
        "To full: mean difference to full attention on the same n prompts, in per cent of the"
            + " perplexity or points of the score.");
  }
}
