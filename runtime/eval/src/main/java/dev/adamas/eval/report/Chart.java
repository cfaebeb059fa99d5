package dev.adamas.eval.report;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A chart of points and lines, before it is drawn.
 *
 * @param title what it shows
 * @param series at least one, with at least one point each
 * @param reference full attention
 * @param apart whether points of different series at one place are set slightly apart
 */
record Chart(
    String title,
    Axis x,
    Axis y,
    List<Series> series,
    Optional<Reference> reference,
    boolean apart) {

  Chart {
    series = List.copyOf(series);
  }

  /**
   * The points of one policy.
   *
   * @param style number of its colour and marker
   */
  record Series(int style, List<Point> points) {
    Series {
      points = List.copyOf(points);
    }
  }

  /**
   * A point.
   *
   * @param low the lower end of its interval; {@code y} where there is none
   * @param high the upper end
   * @param description its exact figures
   */
  record Point(double x, double y, double low, double high, String description) {}

  /**
   * A horizontal line.
   *
   * @param label in a line or two, short
   * @param x where full attention lies on the line; empty where it has no place of its own
   */
  record Reference(double y, List<String> label, OptionalDouble x, String description) {
    Reference {
      label = List.copyOf(label);
    }

    Reference at(double place) {
      return new Reference(y, label, OptionalDouble.of(place), description);
    }
  }
}
