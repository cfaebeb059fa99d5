package dev.adamas.it.definitions;

import java.util.Optional;

/** Quest: pages ranked by {@code Σ max(q·min, q·max)}. */
record PageDefinition(int rowsPerCode) implements Definition {

  @Override
  public Head head(double[][] keys, int calibration) {
    int pages = (keys.length + rowsPerCode - 1) / rowsPerCode;
    return new Head() {
      @Override
      public Optional<Scores> scores(double[] query) {
        Scores scores = new Scores(pages);
        for (int page = 0; page < pages; page++) {
          double magnitude = 0;
          for (int j = 0; j < query.length; j++) {
            double min = Double.POSITIVE_INFINITY;
            double max = Double.NEGATIVE_INFINITY;
            for (int i = page * rowsPerCode;
                i < Math.min(keys.length, (page + 1) * rowsPerCode);
                i++) {
              min = Math.min(min, Half.below(keys[i][j]));
              max = Math.max(max, Half.above(keys[i][j]));
            }
            double term = Math.max(query[j] * min, query[j] * max);
            scores.value()[page] -= term;
            magnitude += Math.abs(term);
          }
          scores.slack()[page] = 4e-6 * magnitude;
        }
        return Optional.of(scores);
      }

      @Override
      public double step(double[] query) {
        return 1;
      }
    };
  }
}
