package dev.adamas.eval.report;

import java.util.List;

/**
 * An axis of a chart.
 *
 * @param title with the unit
 * @param ticks ascending
 */
record Axis(String title, Scale scale, List<Tick> ticks) {

  /** A labelled value. */
  record Tick(double value, String label) {}

  Axis {
    ticks = List.copyOf(ticks);
  }

  double at(double value) {
    return scale.at(value);
  }
}
