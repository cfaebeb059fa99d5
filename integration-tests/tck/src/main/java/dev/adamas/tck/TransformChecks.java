package dev.adamas.tck;

import dev.adamas.api.Transform;
import dev.adamas.tck.lab.Expect;
import dev.adamas.tck.lab.KvData;
import dev.adamas.tck.lab.Seed;
import dev.adamas.tck.lab.StageCall;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What a transform must do. */
public final class TransformChecks {

  private static final List<Integer> DIMS = List.of(1, 3, 40, 64, 80, 96, 128, 256);

  private final Supplier<? extends Transform> maker;

  private TransformChecks(Supplier<? extends Transform> maker) {
    this.maker = maker;
  }

  /**
   * The checks.
   *
   * @param maker makes the transform, with the same settings at each call
   */
  public static List<Check> of(Supplier<? extends Transform> maker) {
    TransformChecks checks = new TransformChecks(maker);
    List<Check> all = new ArrayList<>(new PureChecks<Transform>(maker, checks::calls).checks());
    all.add(
        new Check(
            "dimensions",
            "Has a form for a dimension, or says in an IllegalArgumentException which it has.",
            checks::dimensions));
    all.add(
        new Check(
            "rows-one-by-one",
            "Transforms a block of rows as it transforms each of them, bit for bit.",
            checks::rows));
    all.add(new Check("keeps-products", "Keeps dot products, up to rounding.", checks::products));
    all.add(
        new Check(
            "inverts",
            "Gives rows and sums of rows back where it says that it can be inverted, and throws"
                + " UnsupportedOperationException where it cannot.",
            checks::inverts));
    return List.copyOf(all);
  }

  private static List<Integer> dims(Transform transform) {
    List<Integer> dims = new ArrayList<>();
    for (int dim : DIMS) {
      try {
        if (transform.outputDim(dim) > 0) {
          dims.add(dim);
        }
      } catch (IllegalArgumentException _) {
        // The check "dimensions" looks at what it says.
      }
    }
    return dims;
  }

  private static StageCall<Transform> apply(float[][] rows, int dim, int outputDim) {
    return new StageCall<>(
        "apply to %d rows of %d".formatted(rows.length, dim),
        List.of(StageCall.bytes(rows)),
        rows.length * outputDim * Float.BYTES,
        (stage, in, out) -> {
          stage.apply(in.getFirst(), rows.length, dim, out);
          return rows.length * outputDim * Float.BYTES;
        });
  }

  private static StageCall<Transform> invert(byte[] transformed, int rows, int dim) {
    return new StageCall<>(
        "invert %d rows of %d".formatted(rows, dim),
        List.of(transformed),
        rows * dim * Float.BYTES,
        (stage, in, out) -> {
          stage.invert(in.getFirst(), rows, dim, out);
          return rows * dim * Float.BYTES;
        });
  }

  private static float[][] rows(int count, int dim) {
    return KvData.rows(Seed.random("transform", count, dim), KvData.Keys.OUTLIERS, count, dim);
  }

  private List<StageCall<Transform>> calls(Transform transform) {
    List<StageCall<Transform>> calls = new ArrayList<>();
    for (int dim : dims(transform)) {
      for (int count : List.of(1, 7)) {
        StageCall<Transform> apply = apply(rows(count, dim), dim, transform.outputDim(dim));
        calls.add(apply);
        if (transform.invertible()) {
          calls.add(invert(apply.result(transform), count, dim));
        }
      }
    }
    return calls;
  }

  private void dimensions() {
    Transform transform = maker.get();
    for (int dim : DIMS) {
      try {
        int size = transform.outputDim(dim);
        Expect.that(
            size >= dim && size == transform.outputDim(dim),
            "Rows of %d have %d coordinates after it; it can pad but not drop any.",
            dim,
            size);
      } catch (IllegalArgumentException e) {
        Expect.sentence(
            "Why it has no form for dimension " + dim, Optional.ofNullable(e.getMessage()));
      }
    }
    Expect.that(
        !dims(transform).isEmpty(), "It has no form for any of the usual dimensions, %s.", DIMS);
  }

  private void rows() {
    Transform transform = maker.get();
    for (int dim : dims(transform)) {
      int size = transform.outputDim(dim);
      for (int count : List.of(2, 3, 67)) {
        float[][] rows = rows(count, dim);
        float[] block = StageCall.floats(apply(rows, dim, size).result(transform));
        for (int row = 0; row < count; row++) {
          float[] alone =
              StageCall.floats(apply(new float[][] {rows[row]}, dim, size).result(transform));
          Expect.that(
              Arrays.equals(alone, Arrays.copyOfRange(block, row * size, (row + 1) * size)),
              "Row %d of a block of %d rows of %d differs from the same row alone.",
              row,
              count,
              dim);
        }
      }
    }
  }

  private void products() {
    Transform transform = maker.get();
    for (int dim : dims(transform)) {
      int size = transform.outputDim(dim);
      float[][] rows = rows(9, dim);
      float[] block = StageCall.floats(apply(rows, dim, size).result(transform));
      for (int i = 0; i < rows.length; i++) {
        for (int j = 0; j <= i; j++) {
          double before = dot(rows[i], 0, rows[j], 0, dim);
          double after = dot(block, i * size, block, j * size, size);
          double size2 =
              Math.sqrt(dot(rows[i], 0, rows[i], 0, dim) * dot(rows[j], 0, rows[j], 0, dim));
          Expect.that(
              Math.abs(before - after) <= 1e-5 * size2 + 1e-9,
              "Two rows of %d have the product %s before and %s after it.",
              dim,
              before,
              after);
        }
      }
    }
  }

  static double dot(float[] a, int fromA, float[] b, int fromB, int count) {
    double sum = 0;
    for (int j = 0; j < count; j++) {
      sum += (double) a[fromA + j] * b[fromB + j];
    }
    return sum;
  }

  private void inverts() {
    Transform transform = maker.get();
    int dim = dims(transform).getLast();
    int size = transform.outputDim(dim);
    if (!transform.invertible()) {
      Expect.refuses(
          "invert of a transform that is not invertible",
          UnsupportedOperationException.class,
          () -> invert(new byte[size * Float.BYTES], 1, dim).result(transform));
      return;
    }
    for (int each : dims(transform)) {
      checkInverse(transform, each, transform.outputDim(each));
    }
  }

  private static void checkInverse(Transform transform, int dim, int size) {
    float[][] rows = rows(4, dim);
    byte[] transformed = apply(rows, dim, size).result(transform);
    float[] back = StageCall.floats(invert(transformed, 4, dim).result(transform));
    float[] sums = new float[size];
    float[] numbers = StageCall.floats(transformed);
    double largest = 1e-6;
    for (int row = 0; row < 4; row++) {
      for (int j = 0; j < size; j++) {
        sums[j] += numbers[row * size + j];
      }
      for (float number : rows[row]) {
        largest = Math.max(largest, Math.abs(number));
      }
    }
    float[] sum = StageCall.floats(invert(StageCall.bytes(sums), 1, dim).result(transform));
    for (int j = 0; j < dim; j++) {
      double wanted = 0;
      for (int row = 0; row < 4; row++) {
        wanted += rows[row][j];
        Expect.that(
            Math.abs(back[row * dim + j] - rows[row][j]) <= 1e-4 * largest,
            "Coordinate %d of a row of %d is %s after apply and invert, and was %s.",
            j,
            dim,
            back[row * dim + j],
            rows[row][j]);
      }
      Expect.that(
          Math.abs(sum[j] - wanted) <= 4e-4 * largest,
          "Coordinate %d of a sum of rows of %d is %s after invert, and was %s.",
          j,
          dim,
          sum[j],
          wanted);
    }
  }
}
