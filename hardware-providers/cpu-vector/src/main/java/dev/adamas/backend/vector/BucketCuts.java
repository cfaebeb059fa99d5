package dev.adamas.backend.vector;

import dev.adamas.api.Buckets;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Transform;
import java.util.List;
import java.util.Optional;

/** What {@link BucketEncoder} needs to know of a calibrated quantiser; never written to. */
final class BucketCuts {

  /** Cuts of no quantiser. */
  static final BucketCuts NONE =
      new BucketCuts(
          new Buckets(
              List.of(0.0, 0.0, 0.0), Buckets.Scale.NONE, List.of(0, 0, 0, 0), 0, List.of()),
          0);

  final Buckets.Scale scale;

  /** One or three, ascending. */
  final double[] thresholds;

  /** Two or four. */
  final float[] levels;

  final float levelUnit;

  /** {@code [dim]}, zeros where rows are not centred. */
  final float[] mean;

  private BucketCuts(Buckets buckets, int dim) {
    scale = buckets.scale();
    thresholds = buckets.thresholds().stream().mapToDouble(t -> t).toArray();
    levels = new float[buckets.levels().size()];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = buckets.levels().get(i);
    }
    levelUnit = buckets.levelUnit();
    mean = new float[dim];
    for (int j = 0; j < buckets.mean().size(); j++) {
      mean[j] = buckets.mean().get(j);
    }
  }

  /** Empty where codes are left to the quantiser. */
  static Optional<BucketCuts> of(Transform transform, Quantizer quantizer, int headDim) {
    if (!transform.spec().equals(VectorHadamard.SPEC) || quantizer.rowsPerCode() != 1) {
      return Optional.empty();
    }
    int dim = transform.outputDim(headDim);
    return quantizer
        .buckets()
        .filter(b -> b.levels().size() <= 4)
        .filter(b -> b.thresholds().stream().allMatch(t -> Float.isFinite(t.floatValue())))
        .map(b -> new BucketCuts(b, dim));
  }

  /** Bits of a code, 1 or 2. */
  int bits() {
    return levels.length / 2;
  }

  boolean scaled() {
    return scale != Buckets.Scale.NONE;
  }
}
