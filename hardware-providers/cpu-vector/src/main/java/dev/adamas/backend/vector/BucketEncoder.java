package dev.adamas.backend.vector;

import dev.adamas.api.Buckets;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Rows to codes of one or two bits through {@code hadamard@1}, bit for bit as {@link Buckets} says.
 * One encoder serves one worker.
 *
 * <p>Rows go through passes, a few at a time that stay in the nearest cache. Passes are called
 * through an interface with more than two implementations, so that C2 compiles each by itself: put
 * into one method they have more Vector API calls than it turns into instructions, and the last
 * pass took five times as long. Sums in index order, which are chains of additions, overlap because
 * several rows are summed in one loop.
 */
final class BucketEncoder {

  /** Rows of a pass. */
  private static final int ROWS = 16;

  private static final int L = Lanes.L;
  private static final int PARTS = PartialSums.PARTS;

  private interface Pass {
    void run(int rows);
  }

  private final int dim;
  private final int size;
  private final float factor;
  private final Pass[] unscaled = {this::centre, this::planes};
  private final Pass[] norm = {this::centre, this::sigmas, this::planes, this::scales};
  private final Pass[] debias = {
    this::centre, this::sigmas, this::planes, this::levels, this::scales
  };
  private final Pass[] unscaledSigns = {this::centre, this::signs};
  private final Pass[] normSigns = {this::centre, this::sigmas, this::signs, this::scales};
  private final Pass[] debiasSigns = {
    this::centre, this::sigmas, this::signs, this::magnitudes, this::scales
  };
  private final Pass transform = this::transform;
  private final Pass take = this::take;

  // The rows at hand, and where their codes go.
  private BucketCuts cuts = BucketCuts.NONE;
  private float[] source = {};
  private int from;
  private byte[] codes = {};
  private int to;
  private int codeBytes;

  /** What coordinates are multiplied by. */
  private float multiplier;

  /** Rows as they become: transformed, scaled, centred. */
  private final float[] x;

  private final float[] partial = new float[ROWS * PARTS];
  private final float[] squares = new float[ROWS];
  private final float[] scales = new float[ROWS];

  // Thresholds of each row.
  private final float[] first = new float[ROWS];
  private final float[] second = new float[ROWS];
  private final float[] third = new float[ROWS];

  /** Whether each row had a finite sum of squares. */
  private boolean finite;

  /**
   * An encoder.
   *
   * @param dim coordinates of a row
   * @param size coordinates of a transformed row, a multiple of 64
   */
  BucketEncoder(int dim, int size) {
    this.dim = dim;
    this.size = size;
    factor = VectorHadamard.factor(size);
    x = new float[ROWS * size];
  }

  /**
   * Encodes rows.
   *
   * @param rows {@code [count][dim]}
   * @param codes as the quantiser writes them, from {@code at} on
   * @return whether it did; not where a sum of squares is no finite number
   */
  boolean encode(BucketCuts cuts, float[] rows, int count, byte[] codes, int at) {
    multiplier = factor;
    return encode(transform, dim, cuts, rows, count, codes, at);
  }

  /**
   * Encodes rows that are transformed.
   *
   * @param rows {@code [count][size]}
   */
  boolean encodeTransformed(BucketCuts cuts, float[] rows, int count, byte[] codes, int at) {
    multiplier = 1;
    return encode(take, size, cuts, rows, count, codes, at);
  }

  private boolean encode(
      Pass begin, int pitch, BucketCuts cuts, float[] rows, int count, byte[] codes, int at) {
    this.cuts = cuts;
    source = rows;
    from = 0;
    this.codes = codes;
    to = at;
    codeBytes = cuts.bits() * size / Byte.SIZE + (cuts.scaled() ? Short.BYTES : 0);
    finite = true;
    boolean single = cuts.bits() == 1;
    Pass[] passes =
        switch (cuts.scale) {
          case NONE -> single ? unscaledSigns : unscaled;
          case NORM -> single ? normSigns : norm;
          case DEBIAS -> single ? debiasSigns : debias;
        };
    if (!cuts.scaled()) {
      double[] thresholds = cuts.thresholds;
      Arrays.fill(first, (float) thresholds[0]);
      Arrays.fill(second, (float) thresholds[single ? 0 : 1]);
      Arrays.fill(third, (float) thresholds[single ? 0 : 2]);
    }
    for (int row = 0; row < count; row += ROWS) {
      int n = Math.min(ROWS, count - row);
      begin.run(n);
      for (Pass pass : passes) {
        pass.run(n);
      }
      from += n * pitch;
      to += n * codeBytes;
    }
    return finite;
  }

  private void transform(int rows) {
    HadamardRows.butterflies(source, from, rows, dim, x, size);
  }

  private void take(int rows) {
    System.arraycopy(source, from, x, 0, rows * size);
  }

  /** The transform's multiplication, the mean, and the partial sums of squares. */
  private void centre(int rows) {
    float[] mean = cuts.mean;
    for (int i = 0; i < rows; i++) {
      for (int part = 0; part < PARTS; part += L) {
        FloatVector sum = FloatVector.zero(Lanes.F);
        for (int j = part; j < size; j += PARTS) {
          FloatVector y =
              FloatVector.fromArray(Lanes.F, x, i * size + j)
                  .mul(multiplier)
                  .sub(FloatVector.fromArray(Lanes.F, mean, j));
          y.intoArray(x, i * size + j);
          sum = y.mul(y).add(sum);
        }
        sum.intoArray(partial, i * PARTS + part);
      }
    }
  }

  /** Thresholds by each row's own sigma. */
  private void sigmas(int rows) {
    PartialSums.add(partial, rows, squares);
    double[] thresholds = cuts.thresholds;
    boolean single = thresholds.length == 1;
    double a = thresholds[0];
    double b = thresholds[single ? 0 : 1];
    double c = thresholds[single ? 0 : 2];
    for (int i = 0; i < rows; i++) {
      float sigma = (float) Math.sqrt(squares[i] / size);
      finite &= sigma < Float.POSITIVE_INFINITY;
      double unit = sigma < Float.MIN_NORMAL ? Float.MIN_NORMAL : sigma;
      first[i] = (float) (a * unit);
      second[i] = (float) (b * unit);
      third[i] = (float) (c * unit);
      scales[i] = sigma * cuts.levelUnit;
      if (sigma == 0) {
        // Every coordinate exceeds the first threshold of three and no other.
        first[i] = single ? Float.POSITIVE_INFINITY : Float.NEGATIVE_INFINITY;
        second[i] = Float.POSITIVE_INFINITY;
        third[i] = Float.POSITIVE_INFINITY;
        squares[i] = 0;
      }
    }
  }

  private void planes(int rows) {
    for (int i = 0; i < rows; i++) {
      FloatVector a = FloatVector.broadcast(Lanes.F, first[i]);
      FloatVector b = FloatVector.broadcast(Lanes.F, second[i]);
      FloatVector c = FloatVector.broadcast(Lanes.F, third[i]);
      for (int j = 0; j < size; j += Long.SIZE) {
        long high = 0;
        long low = 0;
        for (int k = 0; k < Long.SIZE; k += L) {
          FloatVector y = FloatVector.fromArray(Lanes.F, x, i * size + j + k);
          VectorMask<Float> above = y.compare(VectorOperators.GT, b);
          high |= above.toLong() << k;
          low |=
              above
                      .xor(y.compare(VectorOperators.GT, a))
                      .xor(y.compare(VectorOperators.GT, c))
                      .toLong()
                  << k;
        }
        int word = to + i * codeBytes + j / Byte.SIZE;
        CodeLayout.WORD.set(codes, word, high);
        CodeLayout.WORD.set(codes, word + size / Byte.SIZE, low);
      }
    }
  }

  private void signs(int rows) {
    for (int i = 0; i < rows; i++) {
      FloatVector a = FloatVector.broadcast(Lanes.F, first[i]);
      for (int j = 0; j < size; j += Long.SIZE) {
        long word = 0;
        for (int k = 0; k < Long.SIZE; k += L) {
          FloatVector y = FloatVector.fromArray(Lanes.F, x, i * size + j + k);
          word |= y.compare(VectorOperators.GT, a).toLong() << k;
        }
        CodeLayout.WORD.set(codes, to + i * codeBytes + j / Byte.SIZE, word);
      }
    }
  }

  /** As {@link #levels} for two. */
  private void magnitudes(int rows) {
    FloatVector below = FloatVector.broadcast(Lanes.F, cuts.levels[0]);
    FloatVector above = FloatVector.broadcast(Lanes.F, cuts.levels[1]);
    for (int i = 0; i < rows; i++) {
      FloatVector a = FloatVector.broadcast(Lanes.F, first[i]);
      for (int part = 0; part < PARTS; part += L) {
        FloatVector sum = FloatVector.zero(Lanes.F);
        for (int j = part; j < size; j += PARTS) {
          FloatVector y = FloatVector.fromArray(Lanes.F, x, i * size + j);
          sum = y.mul(below.blend(above, y.compare(VectorOperators.GT, a))).add(sum);
        }
        sum.intoArray(partial, i * PARTS + part);
      }
    }
    divide(rows);
  }

  /** Products with the levels of the codes, which the sums of squares are divided by. */
  private void levels(int rows) {
    FloatVector l0 = FloatVector.broadcast(Lanes.F, cuts.levels[0]);
    FloatVector l1 = FloatVector.broadcast(Lanes.F, cuts.levels[1]);
    FloatVector l2 = FloatVector.broadcast(Lanes.F, cuts.levels[2]);
    FloatVector l3 = FloatVector.broadcast(Lanes.F, cuts.levels[3]);
    for (int i = 0; i < rows; i++) {
      FloatVector a = FloatVector.broadcast(Lanes.F, first[i]);
      FloatVector b = FloatVector.broadcast(Lanes.F, second[i]);
      FloatVector c = FloatVector.broadcast(Lanes.F, third[i]);
      for (int part = 0; part < PARTS; part += L) {
        FloatVector sum = FloatVector.zero(Lanes.F);
        for (int j = part; j < size; j += PARTS) {
          FloatVector y = FloatVector.fromArray(Lanes.F, x, i * size + j);
          FloatVector level =
              l0.blend(l1, y.compare(VectorOperators.GT, a))
                  .blend(l2, y.compare(VectorOperators.GT, b))
                  .blend(l3, y.compare(VectorOperators.GT, c));
          sum = y.mul(level).add(sum);
        }
        sum.intoArray(partial, i * PARTS + part);
      }
    }
    divide(rows);
  }

  private void divide(int rows) {
    PartialSums.add(partial, rows, scales);
    for (int i = 0; i < rows; i++) {
      scales[i] = squares[i] == 0 ? 0 : squares[i] / scales[i];
    }
  }

  private void scales(int rows) {
    for (int i = 0; i < rows; i++) {
      CodeLayout.SCALE.set(
          codes, to + (i + 1) * codeBytes - Short.BYTES, Float.floatToFloat16(scales[i]));
    }
  }
}
