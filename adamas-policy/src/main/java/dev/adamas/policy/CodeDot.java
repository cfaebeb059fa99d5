package dev.adamas.policy;

import dev.adamas.api.ComponentSpec;
import java.lang.foreign.MemorySegment;

/**
 * {@code code-dot@1}: the negative product of the query's levels with the key's levels.
 *
 * <p>Attention wants the largest product, not the nearest neighbour: over the same codes this finds
 * the keys that matter far better than {@link Manhattan}, and it estimates the logit. The product
 * is an exact integer made of bit counts ({@link SignPlanes}); with a scale per key one
 * multiplication follows. The prepared query holds its bit planes.
 */
final class CodeDot extends EstimateDistance {

  static final String ID = "code-dot";

  CodeDot() {
    super(ComponentSpec.of(ID, 1));
  }

  @Override
  int formBytes(Bucket bucket, int dim) {
    return bucket.planesBytes(dim);
  }

  @Override
  float form(Bucket bucket, float[] query, int dim, byte[] form) {
    return bucket.encodeQuery(query, dim, form);
  }

  @Override
  long[] words(Bucket bucket, MemorySegment prepared, int dim) {
    int bits = bucket.bits();
    int perPlane = Planes.words(dim);
    int signs = SignPlanes.count(bits);
    long[] planes = Buffers.words((signs + 1) * perPlane + signs);
    int planeBytes = dim / 8;
    byte[] form = Buffers.bytes(bits * planeBytes + Long.BYTES);
    Buffers.read(prepared, 0, form, bits * planeBytes);
    for (int plane = 0; plane < signs; plane++) {
      for (int w = 0; w < perPlane; w++) {
        planes[plane * perPlane + w] = SignPlanes.word(form, 0, bits, planeBytes, plane, w);
      }
      planes[signs * perPlane + plane] = SignPlanes.weight(bucket.levels(), bits, plane);
    }
    return planes;
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
    int bits = bucket.bits();
    int signs = SignPlanes.count(bits);
    int perPlane = Planes.words(dim);
    int planeBytes = dim / 8;
    int codeBytes = bucket.codeBytes(dim);
    int weights = signs * perPlane;
    for (int i = 0; i < count; i++) {
      int at = i * codeBytes;
      long sum = 0;
      for (int k = 0; k < signs; k++) {
        long products = 0;
        for (int q = 0; q < signs; q++) {
          int differ = 0;
          for (int w = 0; w < perPlane; w++) {
            long key = SignPlanes.word(codes, at, bits, planeBytes, k, w);
            differ += Long.bitCount((words[q * perPlane + w] ^ key) & Planes.mask(dim, w));
          }
          products += words[weights + q] * (dim - 2 * differ);
        }
        sum += words[weights + k] * products;
      }
      // Both weights carry a factor of 2^bits; the division is exact.
      scores[i] = estimate(bucket, (float) (sum >> (2 * bits)), codes, at, dim);
    }
  }
}
