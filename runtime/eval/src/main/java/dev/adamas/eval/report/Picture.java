package dev.adamas.eval.report;

import java.io.IOException;
import java.util.List;

/**
 * Charts and their legend as one SVG file, for documents that show pictures. It needs no other
 * file, and is light or dark as the reader's system is.
 */
final class Picture {

  private static final int PADDING = 16;
  private static final int TITLE = 22;
  private static final int KEY = 34;
  private static final int LEGEND_LINE = 19;
  private static final double CHARACTER = 6.9;
  private static final int COLUMNS = 2;

  private static final String OWN_STYLE =
      """
      text { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; }
      .page { fill: var(--page); }
      text.title { font-size: 14px; font-weight: 600; }
      text.title, text.name { fill: var(--text); }
      """;

  private final Markup out = new Markup();
  private final List<Chart> charts;
  private final List<String> policies;
  private final int width;
  private final int legendColumns;

  /** Whether the legend stands in the place that an odd number of charts leaves. */
  private final boolean legendBeside;

  private Picture(List<Chart> charts, List<String> policies) {
    this.charts = charts;
    this.policies = policies;
    int longest = policies.stream().mapToInt(String::length).max().orElse(0);
    double name = KEY + longest * CHARACTER;
    legendBeside =
        charts.size() % COLUMNS != 0
            && name <= ChartSvg.WIDTH
            && (policies.size() + 1) * LEGEND_LINE <= ChartSvg.HEIGHT;
    int columns = legendBeside ? COLUMNS : Math.min(COLUMNS, charts.size());
    width = PADDING + columns * (ChartSvg.WIDTH + PADDING);
    legendColumns = legendBeside ? 1 : Math.max(1, (int) ((width - PADDING) / (name + PADDING)));
  }

  /**
   * Draws charts, two beside each other.
   *
   * @param charts at least one
   * @param policies in the order of their styles, without full attention
   */
  static String of(List<Chart> charts, List<String> policies) throws IOException {
    var picture = new Picture(List.copyOf(charts), List.copyOf(policies));
    picture.write();
    return picture.out.toString();
  }

  private void write() throws IOException {
    int rows = (charts.size() + COLUMNS - 1) / COLUMNS;
    int chartRow = TITLE + ChartSvg.HEIGHT + PADDING;
    int height =
        PADDING + rows * chartRow + (legendBeside ? 0 : legendLines() * LEGEND_LINE + PADDING);
    out.open(
        "svg",
        "xmlns",
        "http://www.w3.org/2000/svg",
        "viewBox",
        "0 0 " + width + " " + height,
        "width",
        Integer.toString(width),
        "height",
        Integer.toString(height));
    out.line().open("style").line().raw(Style.CHART.text());
    out.raw(OWN_STYLE);
    out.close().line();
    out.empty("rect", "class", "page", "width", "100%", "height", "100%").line();
    for (int i = 0; i < charts.size(); i++) {
      place(
          PADDING + i % COLUMNS * (ChartSvg.WIDTH + PADDING),
          PADDING + i / COLUMNS * chartRow + TITLE);
      out.element("text", charts.get(i).title(), "class", "title", "x", "4", "y", "-6");
      ChartSvg.drawInside(out, charts.get(i));
      out.close().line();
    }
    if (legendBeside) {
      legend(
          2 * PADDING + ChartSvg.WIDTH + PADDING,
          PADDING + (rows - 1) * chartRow + TITLE + PADDING);
    } else {
      legend(PADDING, PADDING + rows * chartRow);
    }
    out.close().line();
  }

  /** Of one column: the policies and full attention. */
  private int legendLines() {
    return (policies.size() + legendColumns) / legendColumns;
  }

  private void legend(int left, int top) {
    int column = (width - PADDING) / legendColumns;
    int lines = legendLines();
    for (int i = 0; i <= policies.size(); i++) {
      place(left + i / lines * column + 13, top + i % lines * LEGEND_LINE + LEGEND_LINE / 2);
      if (i == 0) {
        out.open("g", "class", "full");
        out.empty("line", "x1", "-13", "x2", "13", "y1", "0", "y2", "0").close();
      } else {
        String colour = Marker.colour(i - 1);
        out.empty("path", "class", "line " + colour, "d", "M-13,0h26");
        out.open("g", "class", "mark " + colour).empty("path", "d", Marker.shape(i - 1)).close();
      }
      out.element(
          "text", i == 0 ? "full" : policies.get(i - 1), "class", "name", "x", "20", "y", "4");
      out.close().line();
    }
  }

  private void place(int x, int y) {
    out.open("g", "transform", "translate(%d,%d)".formatted(x, y));
  }
}
