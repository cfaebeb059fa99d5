package dev.adamas.policy;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Parameter;
import dev.adamas.api.Settings;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;

/**
 * {@code asymmetric@1}: the negative product of the query, kept in more bits than keys have, with
 * the key's levels.
 *
 * <p>{@code int4} and {@code int8} queries are rounded to {@code -7…7} and {@code -127…127} steps
 * of their largest coordinate; the product is then an exact integer. The prepared query holds
 * {@code dim} signed bytes, or {@code dim} float32 for {@code float}.
 */
final class Asymmetric extends EstimateDistance {

  static final String ID = "asymmetric";

  static final List<Parameter> PARAMETERS =
      List.of(
          Parameter.choice(
              "query", List.of("int4", "int8", "float"), "Number format of the query."));

  /** Bit planes of a signed byte. */
  private static final int QUERY_BITS = 8;

  /** The largest integer of a coordinate; 0 for float queries. */
  private final int limit;

  private Asymmetric(String query, int limit) {
    super(ComponentSpec.of(ID, 1, Map.of("query", query)));
    this.limit = limit;
  }

  static Asymmetric create(Settings settings) {
    String query = settings.text("query");
    return new Asymmetric(
        query,
        switch (query) {
          case "int4" -> 7;
          case "int8" -> 127;
          default -> 0;
        });
  }

  private boolean isFloat() {
    return limit == 0;
  }

  @Override
  int formBytes(Bucket bucket, int dim) {
    // Planes must exist for the dimension, whatever the query's format.
    bucket.planesBytes(dim);
    return isFloat() ? dim * Float.BYTES : dim;
  }

  @Override
  float form(Bucket bucket, float[] query, int dim, byte[] form) {
    if (isFloat()) {
      for (int j = 0; j < dim; j++) {
        Buffers.FLOAT_AT.set(form, j * Float.BYTES, query[j]);
      }
      return 1;
    }
    float largest = 0;
    for (int j = 0; j < dim; j++) {
      largest = Math.max(largest, Math.abs(query[j]));
    }
    float step = largest / limit;
    for (int j = 0; j < dim; j++) {
      form[j] = step == 0 ? 0 : (byte) Math.rint(query[j] / step);
    }
    return step;
  }

  /**
   * Integer queries bit by bit: {@code Σ q·s = 2·Σ_{s>0} q - Σ q} for a sign plane {@code s}, and
   * the sum over its positive places is {@code Σ ±2^b popcount(plane b of q & s)}. The bit planes,
   * then the weight of each sign plane, then {@code Σ q}.
   */
  @Override
  long[] words(Bucket bucket, MemorySegment prepared, int dim) {
    int perPlane = Planes.words(dim);
    int signs = SignPlanes.count(bucket.bits());
    long[] words = Buffers.words(QUERY_BITS * perPlane + signs + 1);
    if (isFloat()) {
      return words;
    }
    byte[] query = Buffers.bytes(dim);
    Buffers.read(prepared, 0, query, dim);
    java.util.Arrays.fill(words, 0, QUERY_BITS * perPlane, 0);
    int total = 0;
    for (int j = 0; j < dim; j++) {
      total += query[j];
      for (int bit = 0; bit < QUERY_BITS; bit++) {
        words[bit * perPlane + j / 64] |= (long) ((query[j] >> bit) & 1) << (j % 64);
      }
    }
    for (int plane = 0; plane < signs; plane++) {
      words[QUERY_BITS * perPlane + plane] =
          SignPlanes.weight(bucket.levels(), bucket.bits(), plane);
    }
    words[QUERY_BITS * perPlane + signs] = total;
    return words;
  }

  /** Float queries: the product of every coordinate with every level. */
  @Override
  float[] table(Bucket bucket, MemorySegment prepared, int dim) {
    if (!isFloat()) {
      return super.table(bucket, prepared, dim);
    }
    int levels = 1 << bucket.bits();
    float[] table = Buffers.table(dim * levels);
    for (int j = 0; j < dim; j++) {
      float q = prepared.get(Buffers.FLOAT, (long) j * Float.BYTES);
      for (int code = 0; code < levels; code++) {
        table[j * levels + code] = q * bucket.levels().values[code];
      }
    }
    return table;
  }

  @Override
  void scoreBlock(
      Bucket bucket,
      long[] words,
      float[] table,
      byte[] codes,
      int count,
      int dim,
      float[] scores) {
    int codeBytes = bucket.codeBytes(dim);
    for (int i = 0; i < count; i++) {
      int at = i * codeBytes;
      float product =
          isFloat()
              ? floatProduct(bucket, table, codes, at, dim)
              : (float) integerProduct(bucket, words, codes, at, dim);
      scores[i] = estimate(bucket, product, codes, at, dim);
    }
  }

  private static float floatProduct(Bucket bucket, float[] table, byte[] codes, int at, int dim) {
    int bits = bucket.bits();
    float sum = 0;
    for (int part = 0; part < Math.min(Sums.PARTS, dim); part++) {
      float partial = 0;
      for (int j = part; j < dim; j += Sums.PARTS) {
        partial += table[(j << bits) + Planes.code(codes, at, bits, dim / 8, j)];
      }
      sum += partial;
    }
    return sum;
  }

  private static int integerProduct(Bucket bucket, long[] words, byte[] codes, int at, int dim) {
    int bits = bucket.bits();
    int signs = SignPlanes.count(bits);
    int perPlane = Planes.words(dim);
    int weights = QUERY_BITS * perPlane;
    long total = words[weights + signs];
    long sum = 0;
    for (int plane = 0; plane < signs; plane++) {
      long positive = 0;
      for (int w = 0; w < perPlane; w++) {
        // Bits beyond dim are zero in the query's planes.
        long signWord = SignPlanes.word(codes, at, bits, dim / 8, plane, w);
        for (int bit = 0; bit < QUERY_BITS; bit++) {
          long part = (long) Long.bitCount(words[bit * perPlane + w] & signWord) << bit;
          positive += bit == QUERY_BITS - 1 ? -part : part;
        }
      }
      sum += words[weights + plane] * (2 * positive - total);
    }
    // The weights carry a factor of 2^bits; the division is exact.
    return (int) (sum >> bits);
  }
}
