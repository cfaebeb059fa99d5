package dev.adamas.policy;

import dev.adamas.api.Buckets;
import dev.adamas.api.Buckets.Scale;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Parameter;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Settings;
import dev.adamas.api.Transform;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * {@code bucket@1}: each coordinate becomes a code of 1 to 3 bits, the number of thresholds below
 * it (arXiv 2510.18413, section 3; the centring and the scale per key are ours).
 *
 * <p>A code row holds {@code bits} bit planes, the most significant first, of {@code dim/8} bytes
 * each: coordinate {@code j} is bit {@code j mod 8} of byte {@code j / 8}. With a scale per key an
 * fp16 follows: the key's own sigma, or {@code ‖k‖² / ⟨k, levels⟩}, with which the estimate is
 * exact along the key itself and estimated logits are unbiased (the correction of RaBitQ, arXiv
 * 2405.12497). Planes instead of packed pairs, because distances count bits: a plane word is 64
 * coordinates.
 *
 * <p>Calibration measures, per layer and KV head, the mean of the keys (with {@code center}) and
 * the root mean square of their transformed coordinates (without a scale per key). Both are sums in
 * {@link FixedPoint}, so that the order of the rows does not matter.
 */
final class Bucket implements Quantizer {

  static final String ID = "bucket";

  static final List<Parameter> PARAMETERS =
      List.of(
          Parameter.whole("bits", 2, 1, 3, "Bits per coordinate."),
          Parameter.choice(
              "thresholds",
              List.of("sigma", "quartile", "fixed"),
              "Multiples of the coordinates' sigma, their quartiles, or absolute values."),
          Parameter.real(
              "c",
              Thresholds.LLOYD_MAX,
              1e-3,
              10,
              "Outer threshold in sigmas, for thresholds=sigma with 2 bits."),
          Parameter.text("t", "-10:0:10", "Absolute thresholds, ascending, for thresholds=fixed."),
          Parameter.choice(
              "levels",
              List.of("lloyd-max", "odd"),
              "Values that codes stand for: best for a Gaussian, or odd integers."),
          Parameter.flag("center", false, "Whether the keys' mean is subtracted."),
          Parameter.choice(
              "scale",
              List.of("none", "norm", "debias"),
              "What is stored per key: nothing, its norm, or its debiased norm."));

  private final ComponentSpec spec;
  private final int bits;
  private final Thresholds thresholds;
  private final Levels levels;
  private final boolean center;
  private final Scale scale;

  /** Sigma of this KV head's coordinates; not used with a scale per key. */
  private final float sigma;

  /** {@code T(μ)}, empty where keys are not centred. */
  private final float[] mean;

  private final boolean calibrated;

  private Bucket(
      ComponentSpec spec,
      int bits,
      Thresholds thresholds,
      Levels levels,
      boolean center,
      Scale scale,
      float sigma,
      float[] mean,
      boolean calibrated) {
    this.spec = spec;
    this.bits = bits;
    this.thresholds = thresholds;
    this.levels = levels;
    this.center = center;
    this.scale = scale;
    this.sigma = sigma;
    this.mean = mean;
    this.calibrated = calibrated;
  }

  static Bucket create(Settings settings) {
    int bits = settings.whole("bits");
    String kind = settings.text("thresholds");
    double c = settings.real("c");
    String t = settings.text("t");
    boolean usesC = kind.equals("sigma") && bits == 2;
    if (!usesC && c != Thresholds.LLOYD_MAX) {
      throw new IllegalArgumentException(
          "bucket@1: c=" + c + " has no effect here; it needs thresholds=sigma and bits=2.");
    }
    if (!kind.equals("fixed") && !t.equals("-10:0:10")) {
      throw new IllegalArgumentException(
          "bucket@1: t=" + t + " has no effect here; it needs thresholds=fixed.");
    }
    Thresholds thresholds =
        switch (kind) {
          case "sigma" -> Thresholds.sigma(bits, c);
          case "quartile" -> Thresholds.quartile(bits);
          default -> Thresholds.fixed(bits, t);
        };
    Scale scale =
        switch (settings.text("scale")) {
          case "norm" -> Scale.NORM;
          case "debias" -> Scale.DEBIAS;
          default -> Scale.NONE;
        };
    if (!thresholds.relative && scale != Scale.NONE) {
      throw new IllegalArgumentException(
          "bucket@1: a scale per key buckets each key by its own sigma, which thresholds=fixed does"
              + " not; use scale=none or thresholds=sigma.");
    }
    Map<String, String> params = new TreeMap<>();
    params.put("bits", Integer.toString(bits));
    params.put("thresholds", kind);
    params.put("levels", settings.text("levels"));
    params.put("center", Boolean.toString(settings.flag("center")));
    params.put("scale", settings.text("scale"));
    if (usesC) {
      params.put("c", Double.toString(c));
    }
    if (!thresholds.relative) {
      params.put("t", thresholds.text());
    }
    return new Bucket(
        ComponentSpec.of(ID, 1, params),
        bits,
        thresholds,
        Levels.of(bits, settings.text("levels").equals("odd")),
        settings.flag("center"),
        scale,
        thresholds.relative ? Float.NaN : thresholds.impliedSigma(),
        new float[0],
        false);
  }

  @Override
  public ComponentSpec spec() {
    return spec;
  }

  @Override
  public int rowsPerCode() {
    return 1;
  }

  @Override
  public int codeBytes(int dim) {
    return planesBytes(dim) + (hasKeyScale() ? Short.BYTES : 0);
  }

  @Override
  public boolean needsCalibration() {
    return !calibrated && (center || measuresSigma());
  }

  private boolean measuresSigma() {
    return thresholds.relative && scale == Scale.NONE;
  }

  int bits() {
    return bits;
  }

  Levels levels() {
    return levels;
  }

  boolean hasKeyScale() {
    return scale != Scale.NONE;
  }

  /** Bytes of the bit planes of a code row, the scale not counted. */
  int planesBytes(int dim) {
    if (dim % 8 != 0) {
      throw new IllegalArgumentException(
          "bucket@1 codes dimensions that are multiples of 8, not "
              + dim
              + "; use transform=hadamard, which pads.");
    }
    return bits * (dim / 8);
  }

  /** What one unit of level is worth in a key's coordinates, the key's own scale left out. */
  float keyStep() {
    checkCalibrated();
    return hasKeyScale() ? 1 : sigma * levels.unit;
  }

  /** The product of a transformed query with the mean of the keys, 0 where they are not centred. */
  float offset(float[] query, int dim) {
    checkCalibrated();
    return center ? Sums.dot(query, 0, mean, 0, dim) : 0;
  }

  private void checkCalibrated() {
    if (needsCalibration()) {
      throw new IllegalStateException(
          spec + " must be calibrated on the keys of a sequence before it encodes.");
    }
  }

  @Override
  public Quantizer calibrate(Transform transform, MemorySegment rows, int count, int keyDim) {
    return calibrate(
        transform,
        (from, to, target) ->
            Buffers.read(rows, (long) from * keyDim * Float.BYTES, target, (to - from) * keyDim),
        count,
        keyDim);
  }

  @Override
  public Quantizer calibrate(Transform transform, KeyReader keys, int count, int keyDim) {
    if (!center && !measuresSigma()) {
      return this;
    }
    int dim = transform.outputDim(keyDim);
    float[] transformedMean = new float[center ? dim : 0];
    if (center) {
      float[] keyMean = FixedPoint.means(keys, count, keyDim);
      transform.apply(
          MemorySegment.ofArray(keyMean), 1, keyDim, MemorySegment.ofArray(transformedMean));
    }
    float measured =
        measuresSigma() ? sigma(transform, keys, count, keyDim, dim, transformedMean) : sigma;
    return new Bucket(
        spec, bits, thresholds, levels, center, scale, measured, transformedMean, true);
  }

  private static float sigma(
      Transform transform, KeyReader keys, int count, int keyDim, int dim, float[] mean) {
    int block = Buffers.rowsPerBlock(dim);
    float[] rows = new float[block * keyDim];
    MemorySegment source = MemorySegment.ofArray(rows);
    float[] x = new float[block * dim];
    MemorySegment target = MemorySegment.ofArray(x);
    FixedPoint.Squares squares = new FixedPoint.Squares(block * dim);
    for (int first = 0; first < count; first += block) {
      int n = Math.min(block, count - first);
      keys.read(first, first + n, rows);
      transform.apply(source, n, keyDim, target);
      for (int row = 0; mean.length > 0 && row < n; row++) {
        for (int j = 0; j < dim; j++) {
          x[row * dim + j] -= mean[j];
        }
      }
      squares.add(x, n * dim);
    }
    return (float) Math.sqrt(squares.sum() / ((double) count * dim));
  }

  @Override
  public Optional<Buckets> buckets() {
    if (needsCalibration()) {
      return Optional.empty();
    }
    List<Float> centre = new ArrayList<>();
    for (float x : mean) {
      centre.add(x);
    }
    return Optional.of(
        new Buckets(
            hasKeyScale() ? thresholds.multiples() : thresholds.of(sigma),
            scale,
            Arrays.stream(levels.values).boxed().toList(),
            levels.unit,
            centre));
  }

  @Override
  public void encode(MemorySegment rows, int count, int dim, MemorySegment codes) {
    checkCalibrated();
    int codeBytes = codeBytes(dim);
    int block = Buffers.rowsPerBlock(dim);
    int[] raw = Buffers.ints(block * dim);
    int[] cuts = Buffers.counts();
    byte[] code = Buffers.bytes(block * codeBytes);
    if (!hasKeyScale()) {
      thresholds.keys(sigma, cuts);
    }
    for (int first = 0; first < count; first += block) {
      int n = Math.min(block, count - first);
      if (hasKeyScale()) {
        encodeScaled(rows, first, n, dim, raw, cuts, code);
      } else {
        read(rows, first, n, dim, raw);
        Codes.encode(raw, 0, n * dim, bits, cuts);
      }
      Codes.pack(raw, n, dim, bits, code, codeBytes);
      Buffers.write(code, n * codeBytes, codes, (long) first * codeBytes);
    }
  }

  /** Reads rows as float bits, centred where keys are. */
  private void read(MemorySegment rows, int first, int n, int dim, int[] raw) {
    long offset = (long) first * dim * Float.BYTES;
    if (center) {
      centred(rows, offset, n, dim, raw);
    } else {
      MemorySegment.copy(rows, Buffers.INT, offset, raw, 0, n * dim);
    }
  }

  /** Leaves the centred rows in the thread's floats and their bits in {@code raw}. */
  private float[] centred(MemorySegment rows, long offset, int n, int dim, int[] raw) {
    float[] x = Buffers.floats(n * dim);
    Buffers.read(rows, offset, x, n * dim);
    for (int row = 0; center && row < n; row++) {
      for (int j = 0; j < dim; j++) {
        x[row * dim + j] -= mean[j];
      }
    }
    for (int j = 0; j < n * dim; j++) {
      raw[j] = Float.floatToRawIntBits(x[j]);
    }
    return x;
  }

  /** Codes each key by its own sigma; leaves codes in {@code raw} and scales in {@code code}. */
  private void encodeScaled(
      MemorySegment rows, int first, int n, int dim, int[] raw, int[] cuts, byte[] code) {
    float[] x = centred(rows, (long) first * dim * Float.BYTES, n, dim, raw);
    int codeBytes = codeBytes(dim);
    for (int row = 0; row < n; row++) {
      int from = row * dim;
      float squares = Sums.dot(x, from, x, from, dim);
      float keySigma = (float) Math.sqrt(squares / dim);
      encodeBySigma(keySigma, raw, from, dim, cuts);
      float keyScale =
          keySigma == 0
              ? 0
              : scale == Scale.NORM
                  ? keySigma * levels.unit
                  : squares / dotWithLevels(x, raw, from, dim);
      Buffers.SHORT_AT.set(
          code, row * codeBytes + planesBytes(dim), Float.floatToFloat16(keyScale));
    }
  }

  /** A row that is zero as a whole lies below the middle threshold and above the next lower one. */
  private void encodeBySigma(float rowSigma, int[] raw, int from, int dim, int[] cuts) {
    if (rowSigma == 0) {
      Arrays.fill(raw, from, from + dim, (1 << (bits - 1)) - 1);
    } else {
      thresholds.keys(rowSigma, cuts);
      Codes.encode(raw, from, from + dim, bits, cuts);
    }
  }

  private float dotWithLevels(float[] x, int[] codes, int from, int dim) {
    float[] row = Buffers.table(dim);
    for (int j = 0; j < dim; j++) {
      row[j] = levels.values[codes[from + j]];
    }
    return Sums.dot(x, from, row, 0, dim);
  }

  /**
   * Codes a transformed query by its own sigma, into planes as in a code row.
   *
   * @return what one unit of level is worth in the query's coordinates: its sigma's share, or with
   *     debiased keys the scale that is exact along the query, so that both sides are unbiased
   */
  float encodeQuery(float[] query, int dim, byte[] planes) {
    int[] raw = Buffers.ints(dim);
    for (int j = 0; j < dim; j++) {
      raw[j] = Float.floatToRawIntBits(query[j]);
    }
    int[] cuts = Buffers.counts();
    float step = sigma * levels.unit;
    if (thresholds.relative) {
      float squares = Sums.dot(query, 0, query, 0, dim);
      float querySigma = (float) Math.sqrt(squares / dim);
      encodeBySigma(querySigma, raw, 0, dim, cuts);
      step =
          scale == Scale.DEBIAS && querySigma > 0
              ? squares / dotWithLevels(query, raw, 0, dim)
              : querySigma * levels.unit;
    } else {
      thresholds.keys(sigma, cuts);
      Codes.encode(raw, 0, dim, bits, cuts);
    }
    Codes.pack(raw, 1, dim, bits, planes, planesBytes(dim));
    return step;
  }

  @Override
  public boolean decodes() {
    return true;
  }

  /** A coordinate's level times the row's scale, rounded once, and the mean of centred keys. */
  @Override
  public void decode(MemorySegment codes, int count, int dim, MemorySegment rows) {
    checkCalibrated();
    int codeBytes = codeBytes(dim);
    byte[] code = Buffers.bytes(codeBytes);
    float[] row = Buffers.floats(dim);
    for (int i = 0; i < count; i++) {
      Buffers.read(codes, (long) i * codeBytes, code, codeBytes);
      float unit = hasKeyScale() ? storedScale(code, 0, dim) : keyStep();
      for (int j = 0; j < dim; j++) {
        float x = levels.values[Planes.code(code, 0, bits, dim / 8, j)] * unit;
        row[j] = center ? x + mean[j] : x;
      }
      Buffers.write(row, dim, rows, (long) i * dim * Float.BYTES);
    }
  }

  /** The scale of the code row at byte {@code at}. */
  float storedScale(byte[] codes, int at, int dim) {
    return Float.float16ToFloat((short) Buffers.SHORT_AT.get(codes, at + planesBytes(dim)));
  }
}
