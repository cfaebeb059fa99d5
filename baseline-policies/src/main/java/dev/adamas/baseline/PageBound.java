package dev.adamas.baseline;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Distance;
import dev.adamas.api.Quantizer;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * {@code page-bound@1}: {@code -Σ max(q·min, q·max)}, the negative of Quest's upper bound on the
 * products of a page's keys with the query (arXiv 2406.10774). The prepared query is the query.
 */
record PageBound(ComponentSpec spec) implements Distance {

  static final String ID = "page-bound";

  PageBound() {
    this(ComponentSpec.of(ID, 1));
  }

  @Override
  public Meaning meaning() {
    return Meaning.RANK;
  }

  @Override
  public Optional<String> incompatibility(Quantizer quantizer) {
    return quantizer.spec().is(PageMinMax.ID, 1)
        ? Optional.empty()
        : Optional.of(
            "page-bound@1 reads the codes of page-min-max@1, not those of "
                + quantizer.spec()
                + "; set quantizer=page-min-max or another distance.");
  }

  @Override
  public int queryBytes(Quantizer quantizer, int dim) {
    return dim * Float.BYTES;
  }

  @Override
  public void prepareQuery(
      Quantizer quantizer, MemorySegment query, int dim, MemorySegment prepared) {
    MemorySegment.copy(query, 0, prepared, 0, (long) dim * Float.BYTES);
  }

  @Override
  public void score(
      Quantizer quantizer,
      MemorySegment prepared,
      MemorySegment codes,
      int count,
      int dim,
      MemorySegment scores) {
    long rowBytes = (long) dim * Short.BYTES;
    for (int code = 0; code < count; code++) {
      long min = 2 * rowBytes * code;
      float sum = 0;
      for (int part = 0; part < Math.min(Numbers.PARTS, dim); part++) {
        float partial = 0;
        for (int j = part; j < dim; j += Numbers.PARTS) {
          float q = prepared.get(Numbers.FLOAT, (long) j * Float.BYTES);
          partial += Math.max(q * half(codes, min, j), q * half(codes, min + rowBytes, j));
        }
        sum += partial;
      }
      scores.set(Numbers.FLOAT, (long) code * Float.BYTES, -sum);
    }
  }

  private static float half(MemorySegment codes, long at, int j) {
    return Float.float16ToFloat(codes.get(Numbers.SHORT, at + (long) j * Short.BYTES));
  }

  @Override
  public float step(Quantizer quantizer, MemorySegment prepared, int dim) {
    throw noEstimate();
  }

  @Override
  public float offset(Quantizer quantizer, MemorySegment prepared, int dim) {
    throw noEstimate();
  }

  private static UnsupportedOperationException noEstimate() {
    return new UnsupportedOperationException(
        "page-bound@1 only ranks; its scores do not estimate the logit.");
  }
}
