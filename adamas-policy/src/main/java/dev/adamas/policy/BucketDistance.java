package dev.adamas.policy;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Distance;
import dev.adamas.api.Quantizer;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** What the distances over {@link Bucket} codes have in common: block-wise copies and scoring. */
abstract class BucketDistance implements Distance {

  /** Codes scored at a time. */
  private static final int BLOCK = 64;

  private final ComponentSpec spec;

  BucketDistance(ComponentSpec spec) {
    this.spec = spec;
  }

  @Override
  public final ComponentSpec spec() {
    return spec;
  }

  @Override
  public final Optional<String> incompatibility(Quantizer quantizer) {
    return quantizer instanceof Bucket
        ? Optional.empty()
        : Optional.of(
            spec.name()
                + " reads the codes of bucket@1, not those of "
                + quantizer.spec()
                + "; set quantizer=bucket or another distance.");
  }

  static Bucket bucket(Quantizer quantizer) {
    if (quantizer instanceof Bucket bucket) {
      return bucket;
    }
    throw new IllegalArgumentException(
        "Codes of bucket@1 were expected, not those of " + quantizer.spec() + ".");
  }

  @Override
  public final void score(
      Quantizer quantizer,
      MemorySegment prepared,
      MemorySegment codes,
      int count,
      int dim,
      MemorySegment scores) {
    Bucket bucket = bucket(quantizer);
    int codeBytes = bucket.codeBytes(dim);
    long[] words = words(bucket, prepared, dim);
    float[] table = table(bucket, prepared, dim);
    // Distances read whole words, so the array has a word to spare.
    byte[] block = Buffers.bytes(BLOCK * codeBytes + Long.BYTES);
    float[] out = Buffers.floats(BLOCK);
    for (int first = 0; first < count; first += BLOCK) {
      int n = Math.min(BLOCK, count - first);
      Buffers.read(codes, (long) first * codeBytes, block, n * codeBytes);
      scoreBlock(bucket, words, table, block, n, dim, out);
      Buffers.write(out, n, scores, (long) first * Float.BYTES);
    }
  }

  /** The prepared query's bits as words, {@link Planes}. */
  abstract long[] words(Bucket bucket, MemorySegment prepared, int dim);

  /** Numbers that scoring looks up; empty where it needs none. */
  float[] table(Bucket bucket, MemorySegment prepared, int dim) {
    return NO_TABLE;
  }

  private static final float[] NO_TABLE = {};

  /** Scores {@code count} codes that lie side by side in {@code codes}. */
  abstract void scoreBlock(
      Bucket bucket, long[] words, float[] table, byte[] codes, int count, int dim, float[] scores);

  /** A score from a product of levels, as an estimate: the larger the product, the smaller. */
  static float estimate(Bucket bucket, float product, byte[] codes, int at, int dim) {
    if (!bucket.hasKeyScale()) {
      return -product;
    }
    return -(product * bucket.storedScale(codes, at, dim));
  }
}
