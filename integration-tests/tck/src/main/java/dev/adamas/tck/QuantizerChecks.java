package dev.adamas.tck;

import dev.adamas.api.Buckets;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Transform;
import dev.adamas.tck.lab.BucketCodes;
import dev.adamas.tck.lab.Expect;
import dev.adamas.tck.lab.KvData;
import dev.adamas.tck.lab.NotApplicable;
import dev.adamas.tck.lab.Seed;
import dev.adamas.tck.lab.StageCall;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;

/** What a quantiser must do. */
public final class QuantizerChecks {

  private static final List<Integer> DIMS = List.of(1, 8, 40, 64, 96, 128, 256);
  private static final int CALIBRATION = 256;

  private final Supplier<? extends Quantizer> maker;
  private final Transform transform = Components.builtIn().get(Transform.class, "identity");

  private QuantizerChecks(Supplier<? extends Quantizer> maker) {
    this.maker = maker;
  }

  /**
   * The checks.
   *
   * @param maker makes the quantiser, not calibrated, with the same settings at each call
   */
  public static List<Check> of(Supplier<? extends Quantizer> maker) {
    QuantizerChecks checks = new QuantizerChecks(maker);
    List<Check> all = new ArrayList<>(new PureChecks<Quantizer>(maker, checks::calls).checks());
    all.add(
        new Check(
            "dimensions",
            "Has codes for a dimension, or says in an IllegalArgumentException which it has.",
            checks::dimensions));
    all.add(
        new Check(
            "pages-one-by-one",
            "Encodes a block as it encodes each of its rows or pages, bit for bit.",
            checks::pages));
    all.add(
        new Check(
            "locality",
            "Says truthfully what a code depends on: its row, its page or the sequence.",
            checks::locality));
    all.add(
        new Check(
            "calibration",
            "Calibrates on the set of rows, in whatever order they come, to an immutable copy.",
            checks::calibration));
    all.add(
        new Check(
            "buckets", "Encodes as the buckets say that it states, bit for bit.", checks::buckets));
    all.add(
        new Check(
            "decodes",
            "Rebuilds rows from codes better than not at all where it says that it decodes, and"
                + " throws UnsupportedOperationException where it does not.",
            checks::decodes));
    return List.copyOf(all);
  }

  private static float[][] rows(String salt, int count, int dim) {
    return KvData.rows(Seed.random(salt, count, dim), KvData.Keys.GAUSSIAN, count, dim);
  }

  private static List<Integer> dims(Quantizer quantizer) {
    List<Integer> dims = new ArrayList<>();
    for (int dim : DIMS) {
      try {
        if (quantizer.codeBytes(dim) > 0) {
          dims.add(dim);
        }
      } catch (IllegalArgumentException _) {
        // The check "dimensions" looks at what it says.
      }
    }
    return dims;
  }

  private Quantizer calibrated(Quantizer quantizer, float[][] rows) {
    return quantizer.calibrate(
        transform, MemorySegment.ofArray(StageCall.bytes(rows)), rows.length, rows[0].length);
  }

  private Quantizer ready(Quantizer quantizer, int dim) {
    return quantizer.needsCalibration()
        ? calibrated(quantizer, rows("calibration", CALIBRATION, dim))
        : quantizer;
  }

  private StageCall<Quantizer> encode(float[][] rows, int bytes, int dim) {
    return new StageCall<>(
        "encode %d rows of %d".formatted(rows.length, dim),
        List.of(StageCall.bytes(rows)),
        bytes,
        (stage, in, out) -> {
          ready(stage, dim).encode(in.getFirst(), rows.length, dim, out);
          return bytes;
        });
  }

  private static int bytes(Quantizer quantizer, int rows, int dim) {
    int page = quantizer.rowsPerCode();
    return (rows + page - 1) / page * quantizer.codeBytes(dim);
  }

  private List<StageCall<Quantizer>> calls(Quantizer quantizer) {
    List<StageCall<Quantizer>> calls = new ArrayList<>();
    for (int dim : dims(quantizer)) {
      for (int count : List.of(1, 37)) {
        StageCall<Quantizer> encode =
            encode(rows("calls", count, dim), bytes(quantizer, count, dim), dim);
        calls.add(encode);
        if (quantizer.decodes()) {
          calls.add(decode(encode.result(quantizer), count, dim));
        }
      }
    }
    return calls;
  }

  private StageCall<Quantizer> decode(byte[] codes, int count, int dim) {
    int bytes = count * dim * Float.BYTES;
    return new StageCall<>(
        "decode %d codes of %d".formatted(count, dim),
        List.of(codes),
        bytes,
        (stage, in, out) -> {
          ready(stage, dim).decode(in.getFirst(), count, dim, out);
          return bytes;
        });
  }

  private void dimensions() {
    Quantizer quantizer = maker.get();
    Expect.that(
        quantizer.rowsPerCode() >= 1,
        "A code covers %d rows; it must cover at least 1.",
        quantizer.rowsPerCode());
    for (int dim : DIMS) {
      try {
        Expect.that(
            quantizer.codeBytes(dim) > 0,
            "A code of dimension %d has %d bytes.",
            dim,
            quantizer.codeBytes(dim));
      } catch (IllegalArgumentException e) {
        Expect.sentence(
            "Why it has no codes for dimension " + dim, Optional.ofNullable(e.getMessage()));
      }
    }
    Expect.that(
        !dims(quantizer).isEmpty(), "It has no codes for any of the usual dimensions, %s.", DIMS);
  }

  private void pages() {
    Quantizer raw = maker.get();
    if (raw.locality() == Quantizer.Locality.SEQUENCE) {
      throw new NotApplicable("Its codes depend on the whole sequence.");
    }
    for (int dim : dims(raw)) {
      int page = raw.rowsPerCode();
      int count = 5 * page + Math.max(0, page - 1);
      float[][] rows = rows("pages", count, dim);
      int codeBytes = raw.codeBytes(dim);
      byte[] block = encode(rows, bytes(raw, count, dim), dim).result(raw);
      for (int code = 0; code * page < count; code++) {
        float[][] own = Arrays.copyOfRange(rows, code * page, Math.min(count, (code + 1) * page));
        byte[] alone = encode(own, codeBytes, dim).result(raw);
        Expect.that(
            Arrays.equals(
                alone, Arrays.copyOfRange(block, code * codeBytes, (code + 1) * codeBytes)),
            "Code %d of a block of %d rows of %d differs from the code of its rows alone.",
            code,
            count,
            dim);
      }
    }
  }

  private void locality() {
    Quantizer quantizer = maker.get();
    boolean row = quantizer.locality() == Quantizer.Locality.ROW;
    Expect.that(
        !row || quantizer.rowsPerCode() == 1,
        "It says that a code depends on one row, but a code covers %d.",
        quantizer.rowsPerCode());
    int dim = dims(quantizer).getLast();
    boolean differ = false;
    byte[] first =
        encode(rows("a", quantizer.rowsPerCode(), dim), quantizer.codeBytes(dim), dim)
            .result(quantizer);
    for (int i = 0; i < 8; i++) {
      byte[] other =
          encode(rows("other" + i, quantizer.rowsPerCode(), dim), quantizer.codeBytes(dim), dim)
              .result(quantizer);
      differ |= !Arrays.equals(first, other);
    }
    Expect.that(differ, "Nine random rows of %d have the same code.", dim);
  }

  private void calibration() {
    Quantizer raw = maker.get();
    for (int dim : dims(raw)) {
      float[][] rows = rows("calibration", CALIBRATION, dim);
      float[][] shuffled = rows.clone();
      Collections.shuffle(Arrays.asList(shuffled), new Random(Seed.of("shuffle")));
      int bytes = bytes(raw, 32, dim);
      float[][] sample = rows("sample", 32, dim);
      Quantizer once = calibrated(raw, rows);
      byte[] codes = direct(once, sample, bytes, dim);
      Expect.that(
          !once.needsCalibration() && once.spec().equals(raw.spec()),
          "Its calibrated copy says that it needs calibration, or has another spec, %s.",
          once.spec());
      Expect.that(
          Arrays.equals(codes, direct(calibrated(maker.get(), shuffled), sample, bytes, dim)),
          "Codes of %d depend on the order of the rows that it was calibrated on.",
          dim);
      Quantizer read =
          raw.calibrate(
              transform,
              (from, to, target) -> {
                for (int i = from; i < to; i++) {
                  System.arraycopy(rows[i], 0, target, (i - from) * dim, dim);
                }
              },
              rows.length,
              dim);
      Expect.that(
          Arrays.equals(codes, direct(read, sample, bytes, dim)),
          "Codes of %d depend on whether calibration was given its rows or read them.",
          dim);
      Quantizer other = calibrated(raw, rows("other", 300, dim));
      Expect.that(
          Arrays.equals(codes, direct(once, sample, bytes, dim)),
          "A calibrated copy changed when the quantiser was calibrated again (%s).",
          other.spec());
      Expect.that(
          raw.needsCalibration() == maker.get().needsCalibration(),
          "Calibration changed the quantiser itself, not a copy.");
      Expect.that(
          raw.needsCalibration() || Arrays.equals(codes, direct(raw, sample, bytes, dim)),
          "It says that it needs no calibration, but codes of %d change with it.",
          dim);
    }
  }

  private static byte[] direct(Quantizer quantizer, float[][] rows, int bytes, int dim) {
    byte[] codes = new byte[bytes];
    quantizer.encode(
        MemorySegment.ofArray(StageCall.bytes(rows)),
        rows.length,
        dim,
        MemorySegment.ofArray(codes));
    return codes;
  }

  private void buckets() {
    boolean stated = false;
    for (int dim : dims(maker.get())) {
      Quantizer quantizer = ready(maker.get(), dim);
      Optional<Buckets> buckets = quantizer.buckets();
      if (buckets.isEmpty()) {
        continue;
      }
      stated = true;
      float[][] rows = rows("buckets", 40, dim);
      rows[3] = new float[dim];
      Arrays.fill(rows[4], 0x1p-20f);
      rows[5][0] = -0.0f;
      Expect.that(
          quantizer.rowsPerCode() == 1 && dim % 8 == 0,
          "It states buckets, which code single rows of a multiple of 8 coordinates, for %d rows of"
              + " %d.",
          quantizer.rowsPerCode(),
          dim);
      byte[] codes = direct(quantizer, rows, bytes(quantizer, rows.length, dim), dim);
      Expect.that(
          Arrays.equals(codes, BucketCodes.encode(buckets.get(), rows)),
          "Codes of rows of %d are not those of its buckets, %s.",
          dim,
          buckets.get());
    }
    if (!stated) {
      throw new NotApplicable("It states no buckets.");
    }
  }

  private void decodes() {
    Quantizer raw = maker.get();
    int last = dims(raw).getLast();
    if (!raw.decodes()) {
      Expect.refuses(
          "decode of a quantiser that does not decode",
          UnsupportedOperationException.class,
          () -> decode(new byte[raw.codeBytes(last)], 1, last).result(raw));
      return;
    }
    for (int dim : dims(raw)) {
      int count = 64;
      float[][] rows = rows("decode", count, dim);
      byte[] codes = encode(rows, bytes(raw, count, dim), dim).result(raw);
      float[] back = StageCall.floats(decode(codes, count, dim).result(raw));
      double error = 0;
      double norm = 0;
      for (int row = 0; row < count; row++) {
        for (int j = 0; j < dim; j++) {
          double difference = back[row * dim + j] - rows[row][j];
          error += difference * difference;
          norm += rows[row][j] * rows[row][j];
        }
      }
      Expect.that(
          error < 0.9 * norm,
          "Rows of %d come back from their codes with a squared error of %s of their square.",
          dim,
          error / norm);
    }
  }
}
