package dev.adamas.tck;

import dev.adamas.api.Distance;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Transform;
import dev.adamas.tck.lab.Expect;
import dev.adamas.tck.lab.KvData;
import dev.adamas.tck.lab.NotApplicable;
import dev.adamas.tck.lab.Seed;
import dev.adamas.tck.lab.StageCall;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What a distance must do. */
public final class DistanceChecks {

  private static final int DIM = 64;
  private static final int KEYS = 300;
  private static final List<String> QUANTIZERS =
      List.of(
          "bucket",
          "bucket(bits=1)",
          "bucket(bits=3,center=true,scale=norm)",
          "bucket(center=true,scale=debias)",
          "page-min-max",
          "rows");

  private final Supplier<? extends Distance> maker;
  private final List<Quantizer> quantizers = new ArrayList<>();
  private final Transform transform = Components.builtIn().get(Transform.class, "identity");

  private DistanceChecks(Supplier<? extends Distance> maker, Collection<? extends Quantizer> own) {
    this.maker = maker;
    own.forEach(quantizers::add);
    QUANTIZERS.forEach(q -> quantizers.add(Components.builtIn().get(Quantizer.class, q)));
  }

  /**
   * The checks.
   *
   * @param maker makes the distance, with the same settings at each call
   * @param own quantisers whose codes it is checked with beside the built-in ones
   */
  public static List<Check> of(
      Supplier<? extends Distance> maker, Collection<? extends Quantizer> own) {
    DistanceChecks checks = new DistanceChecks(maker, own);
    List<Check> all = new ArrayList<>(new PureChecks<Distance>(maker, checks::calls).checks());
    all.add(
        new Check(
            "says-what-it-reads",
            "Reads the codes of some quantiser, and says in a full sentence why not of another.",
            checks::reads));
    all.add(
        new Check(
            "codes-one-by-one",
            "Scores a block of codes as it scores each of them, bit for bit.",
            checks::codes));
    all.add(
        new Check(
            "meaning",
            "Estimates the logit by (offset - score · step) · scale where it says so, and throws"
                + " UnsupportedOperationException from step and offset where it only ranks.",
            checks::meaning));
    return List.copyOf(all);
  }

  /** A quantiser that the distance reads, calibrated, with codes of some keys. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  private record Coded(String name, Quantizer quantizer, byte[] codes, int count) {}

  private static float[][] keys() {
    return KvData.rows(Seed.random("keys"), KvData.Keys.GAUSSIAN, KEYS, DIM);
  }

  private static float[] query() {
    return KvData.query(Seed.random("query"), DIM);
  }

  private List<Coded> coded(Distance distance) {
    List<Coded> coded = new ArrayList<>();
    byte[] keys = StageCall.bytes(keys());
    for (Quantizer raw : quantizers) {
      if (distance.incompatibility(raw).isEmpty()) {
        Quantizer quantizer =
            raw.needsCalibration()
                ? raw.calibrate(transform, MemorySegment.ofArray(keys), KEYS, DIM)
                : raw;
        int count = (KEYS + raw.rowsPerCode() - 1) / raw.rowsPerCode();
        byte[] codes = new byte[count * raw.codeBytes(DIM)];
        quantizer.encode(MemorySegment.ofArray(keys), KEYS, DIM, MemorySegment.ofArray(codes));
        coded.add(new Coded(raw.spec().toString(), quantizer, codes, count));
      }
    }
    if (coded.isEmpty()) {
      throw new NotApplicable("It reads the codes of none of the quantisers at hand.");
    }
    return coded;
  }

  private static StageCall<Distance> prepare(Coded coded, float[] query, int bytes) {
    return new StageCall<>(
        "prepareQuery for " + coded.name,
        List.of(StageCall.bytes(query)),
        bytes,
        (stage, in, out) -> {
          stage.prepareQuery(coded.quantizer, in.getFirst(), DIM, out);
          return bytes;
        });
  }

  private static StageCall<Distance> score(Coded coded, byte[] prepared, byte[] codes, int count) {
    return new StageCall<>(
        "score %d codes of %s".formatted(count, coded.name),
        List.of(prepared, codes),
        count * Float.BYTES,
        (stage, in, out) -> {
          stage.score(coded.quantizer, in.get(0), in.get(1), count, DIM, out);
          return count * Float.BYTES;
        });
  }

  private static byte[] prepared(Distance distance, Coded coded, float[] query) {
    return prepare(coded, query, distance.queryBytes(coded.quantizer, DIM)).result(distance);
  }

  private List<StageCall<Distance>> calls(Distance distance) {
    List<StageCall<Distance>> calls = new ArrayList<>();
    for (Coded coded : coded(distance)) {
      calls.add(prepare(coded, query(), distance.queryBytes(coded.quantizer, DIM)));
      byte[] prepared = prepared(distance, coded, query());
      calls.add(score(coded, prepared, coded.codes, coded.count));
      int codeBytes = coded.codes.length / coded.count;
      calls.add(score(coded, prepared, Arrays.copyOf(coded.codes, codeBytes), 1));
    }
    return calls;
  }

  private void reads() {
    Distance distance = maker.get();
    int read = 0;
    for (Quantizer quantizer : quantizers) {
      Optional<String> reason = distance.incompatibility(quantizer);
      if (reason.isPresent()) {
        Expect.sentence("Why it cannot read codes of " + quantizer.spec(), reason);
      } else {
        read++;
      }
      Expect.that(
          reason.equals(distance.incompatibility(quantizer)),
          "It gave two answers to whether it reads codes of %s.",
          quantizer.spec());
    }
    Expect.that(
        read > 0,
        "It reads the codes of none of %s; pass the quantiser that it was made for.",
        quantizers.stream().map(q -> q.spec().toString()).toList());
  }

  private void codes() {
    Distance distance = maker.get();
    for (Coded coded : coded(distance)) {
      byte[] prepared = prepared(distance, coded, query());
      float[] block =
          StageCall.floats(score(coded, prepared, coded.codes, coded.count).result(distance));
      int codeBytes = coded.codes.length / coded.count;
      for (int code = 0; code < coded.count; code++) {
        byte[] own = Arrays.copyOfRange(coded.codes, code * codeBytes, (code + 1) * codeBytes);
        float alone = StageCall.floats(score(coded, prepared, own, 1).result(distance))[0];
        Expect.that(
            Float.floatToIntBits(alone) == Float.floatToIntBits(block[code]),
            "Code %d of %s scores %s in a block of %d and %s alone.",
            code,
            coded.name,
            block[code],
            coded.count,
            alone);
      }
    }
  }

  private void meaning() {
    Distance distance = maker.get();
    for (Coded coded : coded(distance)) {
      byte[] prepared = prepared(distance, coded, query());
      MemorySegment segment = MemorySegment.ofArray(prepared);
      switch (distance.meaning()) {
        case RANK -> {
          Expect.refuses(
              "step of a distance that only ranks",
              UnsupportedOperationException.class,
              () -> distance.step(coded.quantizer, segment, DIM));
          Expect.refuses(
              "offset of a distance that only ranks",
              UnsupportedOperationException.class,
              () -> distance.offset(coded.quantizer, segment, DIM));
        }
        case LOGIT -> {
          if (coded.quantizer.rowsPerCode() == 1) {
            checkLogits(distance, coded, prepared);
          }
        }
      }
    }
  }

  /** Estimates must follow the products, at about their scale. */
  private void checkLogits(Distance distance, Coded coded, byte[] prepared) {
    MemorySegment segment = MemorySegment.ofArray(prepared);
    float step = distance.step(coded.quantizer, segment, DIM);
    float offset = distance.offset(coded.quantizer, segment, DIM);
    Expect.that(
        step > 0 && Float.isFinite(step) && Float.isFinite(offset),
        "Over codes of %s its step is %s and its offset %s; a step is positive.",
        coded.name,
        step,
        offset);
    float[] scores =
        StageCall.floats(score(coded, prepared, coded.codes, coded.count).result(distance));
    float[][] keys = keys();
    double[] exact = new double[KEYS];
    double[] estimated = new double[KEYS];
    for (int i = 0; i < KEYS; i++) {
      exact[i] = TransformChecks.dot(query(), 0, keys[i], 0, DIM);
      estimated[i] = offset - (double) scores[i] * step;
    }
    double correlation = correlation(exact, estimated);
    Expect.that(
        correlation > 0.4,
        "Over codes of %s its estimates correlate with the logits by %s only.",
        coded.name,
        correlation);
    double slope = correlation * deviation(estimated) / deviation(exact);
    Expect.that(
        slope > 0.2 && slope < 3,
        "Over codes of %s its estimates grow %s times as fast as the logits; step or offset is off.",
        coded.name,
        slope);
  }

  private static double mean(double[] x) {
    return Arrays.stream(x).average().orElseThrow();
  }

  private static double deviation(double[] x) {
    double mean = mean(x);
    return Math.sqrt(Arrays.stream(x).map(v -> (v - mean) * (v - mean)).sum());
  }

  private static double correlation(double[] x, double[] y) {
    double mx = mean(x);
    double my = mean(y);
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += (x[i] - mx) * (y[i] - my);
    }
    return sum / (deviation(x) * deviation(y));
  }
}
