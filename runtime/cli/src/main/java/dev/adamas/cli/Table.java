package dev.adamas.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Columns of text, each as wide as its widest cell. */
final class Table {

  /** Where a column's cells stand. */
  enum Align {
    LEFT,
    RIGHT
  }

  /** A column. */
  record Column(String title, Align align) {}

  private final List<Column> columns;
  private final List<List<String>> rows = new ArrayList<>();

  Table(List<Column> columns) {
    this.columns = List.copyOf(columns);
    rows.add(columns.stream().map(Column::title).toList());
  }

  void row(List<String> cells) {
    if (cells.size() != columns.size()) {
      throw new IllegalArgumentException(
          "A row of %d cells in a table of %d columns.".formatted(cells.size(), columns.size()));
    }
    rows.add(List.copyOf(cells));
  }

  void print(PrintStream out) {
    int[] widths =
        IntStream.range(0, columns.size())
            .map(i -> rows.stream().mapToInt(row -> row.get(i).length()).max().orElse(0))
            .toArray();
    for (List<String> row : rows) {
      var line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String cell = row.get(i);
        String gap = " ".repeat(widths[i] - cell.length());
        line.append(i == 0 ? "" : "  ");
        line.append(columns.get(i).align() == Align.LEFT ? cell + gap : gap + cell);
      }
      out.println(line.toString().stripTrailing());
    }
  }
}
