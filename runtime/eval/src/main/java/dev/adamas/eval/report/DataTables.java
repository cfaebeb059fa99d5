package dev.adamas.eval.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The rows as tables, on the terminal and on the page. */
final class DataTables {

  private DataTables() {}

  /** Titles, then a line of cells per row; task and context only where they change. */
  static List<List<String>> cells(List<Row> rows) {
    List<List<String>> lines = new ArrayList<>();
    lines.add(
        List.of(
            "task",
            "context",
            "policy",
            "budget",
            "n",
            "score",
            "to full",
            "95 % interval",
            "KV/token",
            "ms/token"));
    String previous = "";
    for (Row row : rows) {
      String title = Charts.title(row);
      boolean same = title.equals(previous);
      previous = title;
      List<String> line = new ArrayList<>();
      line.add(same ? "" : row.task());
      line.add(same ? "" : Figures.tokens(row.context()));
      line.addAll(policyCells(row));
      line.addAll(figureCells(row));
      lines.add(List.copyOf(line));
    }
    return List.copyOf(lines);
  }

  private static List<String> policyCells(Row row) {
    return List.of(row.policy(), Figures.budget(row));
  }

  private static List<String> figureCells(Row row) {
    return List.of(
        row.difference().filter(d -> d.pairs() != row.samples()).isPresent()
            ? "%d of %d".formatted(row.difference().orElseThrow().pairs(), row.samples())
            : Integer.toString(row.samples()),
        Figures.score(row, row.score()),
        row.difference().map(d -> Figures.difference(row, d.mean())).orElse("-"),
        saysNothing(row)
            ? "full scores 0"
            : row.difference().map(d -> Figures.interval(row, d)).orElse("-"),
        Figures.bytes(row.kvBytesReadPerToken()),
        Figures.milliseconds(row.decodeMsPerToken()));
  }

  /** Equal to full attention, because neither can do the task. */
  private static boolean saysNothing(Row row) {
    return !row.isFull()
        && !row.isPerplexity()
        && row.score() == 0
        && row.fullScore().orElse(1) == 0;
  }

  /** Further figures as columns; those of single layers and heads are too many for that. */
  private static List<String> details(List<Row> rows) {
    return rows.stream()
        .flatMap(row -> row.details().keySet().stream())
        .filter(name -> name.indexOf('.') < 0)
        .distinct()
        .sorted()
        .toList();
  }

  /** A table per task and context. */
  static void write(Markup out, List<Row> rows) {
    Map<String, List<Row>> groups = new LinkedHashMap<>();
    rows.forEach(row -> groups.computeIfAbsent(Charts.title(row), _ -> new ArrayList<>()).add(row));
    groups.forEach((title, group) -> table(out, title, group));
  }

  private static void table(Markup out, String title, List<Row> rows) {
    out.open("div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", title);
    out.open("table").element("caption", title);
    out.open("thead").open("tr");
    List<String> titles =
        List.of(
            "policy",
            "budget",
            "n",
            rows.getFirst().isPerplexity() ? "perplexity" : "score",
            "to full",
            "95 % interval",
            "KV read per token",
            "ms per token",
            "speed-up");
    titles.forEach(t -> out.element("th", t, "scope", "col"));
    List<String> details = details(rows);
    details.forEach(name -> out.element("th", name, "scope", "col"));
    out.close().close().line();
    out.open("tbody");
    for (Row row : rows) {
      if (row.isFull()) {
        out.open("tr", "class", "reference");
      } else {
        out.open("tr");
      }
      out.open("th", "scope", "row").open("span", "class", "policy");
      out.open("span").name(row.policy()).close().close().close();
      List<String> cells = new ArrayList<>();
      cells.add(Figures.budget(row));
      cells.addAll(figureCells(row));
      cells.add(row.speedUp().map(d -> Figures.ratio(Math.exp(d.mean()))).orElse("-"));
      for (String name : details) {
        Double value = row.details().get(name);
        cells.add(value == null ? "-" : Figures.format("%.3f", value));
      }
      cells.forEach(cell -> out.element("td", Figures.typeset(cell)));
      out.close().line();
    }
    out.close().close().close().line();
    if (rows.stream().anyMatch(DataTables::saysNothing)) {
      out.element(
              "p",
              "Full attention scores 0 here: the model cannot do this task, so that equal scores say"
                  + " nothing about policies.",
              "class",
              "note")
          .line();
    }
  }
}
