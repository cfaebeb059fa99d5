package dev.adamas.policy;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Quantizer;
import java.lang.foreign.MemorySegment;

/**
 * Distances that estimate the logit. A prepared query is its form for scoring, then float32 step,
 * then float32 offset.
 */
abstract class EstimateDistance extends BucketDistance {

  EstimateDistance(ComponentSpec spec) {
    super(spec);
  }

  @Override
  public final Meaning meaning() {
    return Meaning.LOGIT;
  }

  @Override
  public final int queryBytes(Quantizer quantizer, int dim) {
    return formBytes(bucket(quantizer), dim) + 2 * Float.BYTES;
  }

  @Override
  public final void prepareQuery(
      Quantizer quantizer, MemorySegment query, int dim, MemorySegment prepared) {
    Bucket bucket = bucket(quantizer);
    int formBytes = formBytes(bucket, dim);
    float[] x = Buffers.floats(dim);
    Buffers.read(query, 0, x, dim);
    byte[] bytes = Buffers.bytes(queryBytes(quantizer, dim));
    float step = form(bucket, x, dim, bytes) * bucket.keyStep();
    Buffers.FLOAT_AT.set(bytes, formBytes, step);
    Buffers.FLOAT_AT.set(bytes, formBytes + Float.BYTES, bucket.offset(x, dim));
    Buffers.write(bytes, formBytes + 2 * Float.BYTES, prepared, 0);
  }

  @Override
  public final float step(Quantizer quantizer, MemorySegment prepared, int dim) {
    return prepared.get(Buffers.FLOAT, formBytes(bucket(quantizer), dim));
  }

  @Override
  public final float offset(Quantizer quantizer, MemorySegment prepared, int dim) {
    return prepared.get(Buffers.FLOAT, formBytes(bucket(quantizer), dim) + Float.BYTES);
  }

  /** Bytes of the form for scoring. */
  abstract int formBytes(Bucket bucket, int dim);

  /**
   * Writes the form for scoring.
   *
   * @return what one unit of it is worth in the query's coordinates
   */
  abstract float form(Bucket bucket, float[] query, int dim, byte[] form);
}
