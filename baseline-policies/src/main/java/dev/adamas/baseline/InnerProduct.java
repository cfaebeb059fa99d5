package dev.adamas.baseline;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Distance;
import dev.adamas.api.Quantizer;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** {@code inner-product@1}: {@code -q·k}, the exact logit. The prepared query is the query. */
record InnerProduct(ComponentSpec spec) implements Distance {

  static final String ID = "inner-product";

  InnerProduct() {
    this(ComponentSpec.of(ID, 1));
  }

  @Override
  public Meaning meaning() {
    return Meaning.LOGIT;
  }

  @Override
  public Optional<String> incompatibility(Quantizer quantizer) {
    return quantizer.spec().is(Rows.ID, 1)
        ? Optional.empty()
        : Optional.of(
            "inner-product@1 reads the codes of rows@1, not those of "
                + quantizer.spec()
                + "; set quantizer=rows or another distance.");
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
    for (int code = 0; code < count; code++) {
      long at = (long) code * dim * Float.BYTES;
      float sum = 0;
      for (int part = 0; part < Math.min(Numbers.PARTS, dim); part++) {
        float partial = 0;
        for (int j = part; j < dim; j += Numbers.PARTS) {
          partial +=
              prepared.get(Numbers.FLOAT, (long) j * Float.BYTES)
                  * codes.get(Numbers.FLOAT, at + (long) j * Float.BYTES);
        }
        sum += partial;
      }
      scores.set(Numbers.FLOAT, (long) code * Float.BYTES, -sum);
    }
  }

  @Override
  public float step(Quantizer quantizer, MemorySegment prepared, int dim) {
    return 1;
  }

  @Override
  public float offset(Quantizer quantizer, MemorySegment prepared, int dim) {
    return 0;
  }
}
