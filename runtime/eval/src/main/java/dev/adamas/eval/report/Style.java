package dev.adamas.eval.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** The style sheets. */
enum Style {
  /** Colours, and how charts look, in a page or alone. */
  CHART("chart.css"),
  /** Everything else on the page. */
  PAGE("report.css");

  private final String file;

  Style(String file) {
    this.file = file;
  }

  /** Its text. */
  String text() throws IOException {
    try (InputStream in = Style.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IOException(
            "The style sheet " + file + " of the report is missing from its jar.");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
