package dev.adamas.policy;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Quantizer;
import java.lang.foreign.MemorySegment;

/**
 * Distances between code rows that only rank: the query is coded like a key, by its own sigma, and
 * its prepared form is its bit planes. A scale per key is not read.
 */
abstract class RankDistance extends BucketDistance {

  RankDistance(String id) {
    super(ComponentSpec.of(id, 1));
  }

  @Override
  public final Meaning meaning() {
    return Meaning.RANK;
  }

  @Override
  public final int queryBytes(Quantizer quantizer, int dim) {
    return bucket(quantizer).planesBytes(dim);
  }

  @Override
  public final void prepareQuery(
      Quantizer quantizer, MemorySegment query, int dim, MemorySegment prepared) {
    Bucket bucket = bucket(quantizer);
    float[] x = Buffers.floats(dim);
    Buffers.read(query, 0, x, dim);
    byte[] planes = Buffers.bytes(bucket.planesBytes(dim));
    bucket.encodeQuery(x, dim, planes);
    Buffers.write(planes, bucket.planesBytes(dim), prepared, 0);
  }

  @Override
  public final float step(Quantizer quantizer, MemorySegment prepared, int dim) {
    throw noEstimate();
  }

  @Override
  public final float offset(Quantizer quantizer, MemorySegment prepared, int dim) {
    throw noEstimate();
  }

  private UnsupportedOperationException noEstimate() {
    return new UnsupportedOperationException(
        spec().name() + " only ranks; its scores do not estimate the logit.");
  }

  @Override
  final long[] words(Bucket bucket, MemorySegment prepared, int dim) {
    return Planes.query(prepared, bucket.bits(), dim);
  }

  @Override
  final void scoreBlock(
      Bucket bucket,
      long[] words,
      float[] table,
      byte[] codes,
      int count,
      int dim,
      float[] scores) {
    int codeBytes = bucket.codeBytes(dim);
    int planeBytes = dim / 8;
    int perPlane = Planes.words(dim);
    int bits = bucket.bits();
    for (int i = 0; i < count; i++) {
      int at = i * codeBytes;
      int sum = 0;
      for (int w = 0; w < perPlane; w++) {
        long mask = Planes.mask(dim, w);
        long first = Planes.word(codes, at, w) & mask;
        sum +=
            switch (bits) {
              case 1 -> one(words[w], first);
              case 2 ->
                  two(
                      words[w],
                      words[perPlane + w],
                      first,
                      Planes.word(codes, at + planeBytes, w) & mask);
              default ->
                  three(
                      words[w],
                      words[perPlane + w],
                      words[2 * perPlane + w],
                      first,
                      Planes.word(codes, at + planeBytes, w) & mask,
                      Planes.word(codes, at + 2 * planeBytes, w) & mask);
            };
      }
      scores[i] = sum;
    }
  }

  /** Distance of 64 one-bit codes. */
  private static int one(long a, long b) {
    return Long.bitCount(a ^ b);
  }

  /** Distance of 64 two-bit codes, planes from the most significant down. */
  abstract int two(long a1, long a0, long b1, long b0);

  /** Distance of 64 three-bit codes, planes from the most significant down. */
  abstract int three(long a2, long a1, long a0, long b2, long b1, long b0);
}
