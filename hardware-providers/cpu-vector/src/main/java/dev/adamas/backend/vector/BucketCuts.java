package dev.adamas.backend.vector;

import dev.adamas.api.Buckets;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Transform;
import java.util.Optional;

/**
 * What {@link BucketEncoder} needs to know of a calibrated quantiser.
 *
 * @param thresholds one or three, ascending
 * @param levels two or four
 * @param mean {@code [dim]}, zeros where rows are not centred
 */
record BucketCuts(
    Buckets.Scale scale, double[] thresholds, float[] levels, float levelUnit, float[] mean) {

  /** Cuts of no quantiser. */
  static final BucketCuts NONE =
      new BucketCuts(Buckets.Scale.NONE, new double[3], new float[4], 0, new float[0]);

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
        .map(
            b ->
                new BucketCuts(
                    b.scale(),
                    b.thresholds().stream().mapToDouble(t -> t).toArray(),
                    floats(b.levels(), b.levels().size()),
                    b.levelUnit(),
                    floats(b.mean(), dim)));
  }

  private static float[] floats(java.util.List<? extends Number> numbers, int size) {
    float[] array = new float[size];
    for (int i = 0; i < numbers.size(); i++) {
      array[i] = numbers.get(i).floatValue();
    }
    return array;
  }

  /** Bits of a code, 1 or 2. */
  int bits() {
    return levels.length / 2;
  }

  boolean scaled() {
    return scale != Buckets.Scale.NONE;
  }
}
