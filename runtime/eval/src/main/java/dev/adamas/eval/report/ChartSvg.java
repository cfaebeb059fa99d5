package dev.adamas.eval.report;

import java.util.List;

/** Draws a chart as SVG whose size the page sets; text is readable at 340 pixels of width. */
final class ChartSvg {

  static final int WIDTH = 380;
  static final int HEIGHT = 262;
  private static final int LEFT = 50;
  private static final int RIGHT = 52;
  private static final int TOP = 26;
  private static final int BOTTOM = 42;
  private static final int PLOT_WIDTH = WIDTH - LEFT - RIGHT;
  private static final int PLOT_HEIGHT = HEIGHT - TOP - BOTTOM;

  /** The least distance of labels, as a share of an axis. */
  static final double LABEL_X = 38.0 / PLOT_WIDTH;

  static final double LABEL_Y = 17.0 / PLOT_HEIGHT;

  /** How far apart points of two series at one place are at most. */
  private static final double APART = 3.4;

  private final Markup out;
  private final Chart chart;

  private ChartSvg(Markup out, Chart chart) {
    this.out = out;
    this.chart = chart;
  }

  /** As an element {@code svg} of its own. */
  static void draw(Markup out, Chart chart) {
    out.open(
        "svg",
        "viewBox",
        "0 0 " + WIDTH + " " + HEIGHT,
        "role",
        "img",
        "aria-label",
        "%s. %s against %s; the figures are in the tables below."
            .formatted(chart.title(), chart.y().title(), chart.x().title()));
    drawInside(out, chart);
    out.close().line();
  }

  /** As a part of a picture, {@value #WIDTH} wide and {@value #HEIGHT} high. */
  static void drawInside(Markup out, Chart chart) {
    new ChartSvg(out, chart).draw();
  }

  private void draw() {
    axes();
    chart.reference().ifPresent(this::reference);
    // Lines, then intervals, then markers: no line crosses a marker.
    double step = step();
    for (int i = 0; i < chart.series().size(); i++) {
      line(chart.series().get(i), shift(i, step));
    }
    for (int i = 0; i < chart.series().size(); i++) {
      intervals(chart.series().get(i), shift(i, step));
    }
    for (int i = 0; i < chart.series().size(); i++) {
      markers(chart.series().get(i), shift(i, step));
    }
  }

  private void axes() {
    out.element("text", chart.y().title(), "class", "axis", "x", "4", "y", "13");
    out.element(
        "text",
        chart.x().title(),
        "class",
        "axis",
        "text-anchor",
        "middle",
        "x",
        number(LEFT + PLOT_WIDTH / 2.0),
        "y",
        number(HEIGHT - 6));
    for (Axis.Tick tick : chart.y().ticks()) {
      String y = number(y(tick.value()));
      out.empty(
          "line",
          "class",
          "grid",
          "x1",
          number(LEFT),
          "x2",
          number(LEFT + PLOT_WIDTH),
          "y1",
          y,
          "y2",
          y);
      out.element(
          "text",
          tick.label(),
          "class",
          "tick",
          "text-anchor",
          "end",
          "x",
          number(LEFT - 6),
          "y",
          number(y(tick.value()) + 4));
    }
    for (Axis.Tick tick : chart.x().ticks()) {
      String x = number(x(tick.value()));
      out.empty(
          "line",
          "class",
          "edge",
          "x1",
          x,
          "x2",
          x,
          "y1",
          number(TOP + PLOT_HEIGHT),
          "y2",
          number(TOP + PLOT_HEIGHT + 4));
      out.element(
          "text",
          tick.label(),
          "class",
          "tick",
          "text-anchor",
          "middle",
          "x",
          x,
          "y",
          number(TOP + PLOT_HEIGHT + 17));
    }
    out.empty(
        "line",
        "class",
        "edge",
        "x1",
        number(LEFT),
        "x2",
        number(LEFT + PLOT_WIDTH),
        "y1",
        number(TOP + PLOT_HEIGHT),
        "y2",
        number(TOP + PLOT_HEIGHT));
  }

  /** Full attention: a dashed line whose label stands outside of the plot, free of points. */
  private void reference(Chart.Reference reference) {
    double y = y(reference.y());
    out.open("g", "class", "full").element("title", reference.description());
    out.empty(
        "line",
        "x1",
        number(LEFT),
        "x2",
        number(LEFT + PLOT_WIDTH),
        "y1",
        number(y),
        "y2",
        number(y));
    reference
        .x()
        .ifPresent(x -> out.empty("circle", "cx", number(x(x)), "cy", number(y), "r", "4.5"));
    List<String> label = reference.label();
    for (int i = 0; i < label.size(); i++) {
      out.element(
          "text",
          label.get(i),
          "x",
          number(LEFT + PLOT_WIDTH + 4),
          "y",
          number(y + 4 + 13 * (i - (label.size() - 1) / 2.0)));
    }
    out.close();
  }

  private void line(Chart.Series series, double shift) {
    if (series.points().size() < 2) {
      return;
    }
    var points = new StringBuilder();
    for (Chart.Point point : series.points()) {
      points.append(number(x(point.x()) + shift)).append(',').append(number(y(point.y())));
      points.append(' ');
    }
    out.empty(
        "polyline",
        "class",
        "line " + Marker.colour(series.style()),
        "points",
        points.toString().strip());
  }

  private void intervals(Chart.Series series, double shift) {
    for (Chart.Point point : series.points()) {
      double low = y(point.low());
      double high = y(point.high());
      if (low - high < 1) {
        continue;
      }
      double x = x(point.x()) + shift;
      out.empty(
          "path",
          "class",
          "interval " + Marker.colour(series.style()),
          "d",
          "M%s,%sh5M%s,%sV%sM%s,%sh5"
              .formatted(
                  number(x - 2.5),
                  number(high),
                  number(x),
                  number(high),
                  number(low),
                  number(x - 2.5),
                  number(low)));
    }
  }

  private void markers(Chart.Series series, double shift) {
    for (Chart.Point point : series.points()) {
      out.open(
              "g",
              "class",
              "mark " + Marker.colour(series.style()),
              "transform",
              "translate(%s,%s)".formatted(number(x(point.x()) + shift), number(y(point.y()))))
          .element("title", point.description());
      out.empty("path", "d", Marker.shape(series.style())).close();
    }
  }

  /** Less than {@link #APART} where there are many series, so that places stay distinct. */
  private double step() {
    if (!chart.apart()) {
      return 0;
    }
    double[] places =
        chart.series().stream()
            .flatMap(s -> s.points().stream())
            .mapToDouble(p -> x(p.x()))
            .sorted()
            .distinct()
            .toArray();
    double gap = PLOT_WIDTH * 0.5;
    for (int i = 1; i < places.length; i++) {
      gap = Math.min(gap, Math.max(places[i] - places[i - 1], 6));
    }
    return Math.min(APART, 0.6 * gap / chart.series().size());
  }

  private double shift(int series, double step) {
    return (series - (chart.series().size() - 1) / 2.0) * step;
  }

  private double x(double value) {
    return LEFT + PLOT_WIDTH * chart.x().at(value);
  }

  /** Intervals may reach beyond what an axis shows. */
  private double y(double value) {
    return TOP + PLOT_HEIGHT * (1 - Math.clamp(chart.y().at(value), 0, 1));
  }

  private static String number(double value) {
    String text = Figures.format("%.1f", value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }
}
