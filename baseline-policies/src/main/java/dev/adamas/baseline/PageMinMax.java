package dev.adamas.baseline;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Parameter;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Settings;
import dev.adamas.api.Transform;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;

/**
 * {@code page-min-max@1}: the minimum and the maximum of each coordinate over a page of keys
 * (Quest, arXiv 2406.10774).
 *
 * <p>A code is an fp16 row of minima, then an fp16 row of maxima. Keys of an fp16 cache are exact
 * in it; others have their minimum rounded down and their maximum up, so that the bound made from
 * them stays a bound. NaN in a coordinate makes both NaN.
 */
record PageMinMax(ComponentSpec spec, int rowsPerCode) implements Quantizer {

  static final String ID = "page-min-max";

  static final List<Parameter> PARAMETERS =
      List.of(Parameter.whole("page", 16, 1, 4096, "Tokens of a page."));

  static PageMinMax create(Settings settings) {
    int page = settings.whole("page");
    return new PageMinMax(ComponentSpec.of(ID, 1, Map.of("page", Integer.toString(page))), page);
  }

  @Override
  public Locality locality() {
    // Also for pages of one token, so that backends treat all sizes alike.
    return Locality.PAGE;
  }

  @Override
  public int codeBytes(int dim) {
    return 2 * dim * Short.BYTES;
  }

  @Override
  public boolean needsCalibration() {
    return false;
  }

  @Override
  public Quantizer calibrate(Transform transform, MemorySegment rows, int count, int keyDim) {
    return this;
  }

  @Override
  public void encode(MemorySegment rows, int count, int dim, MemorySegment codes) {
    for (int first = 0, page = 0; first < count; first += rowsPerCode, page++) {
      int end = Math.min(count, first + rowsPerCode);
      long at = (long) page * codeBytes(dim);
      for (int j = 0; j < dim; j++) {
        float min = Float.POSITIVE_INFINITY;
        float max = Float.NEGATIVE_INFINITY;
        for (int row = first; row < end; row++) {
          float x = rows.get(Numbers.FLOAT, ((long) row * dim + j) * Float.BYTES);
          min = Math.min(min, x);
          max = Math.max(max, x);
        }
        codes.set(Numbers.SHORT, at + (long) j * Short.BYTES, Numbers.halfBelow(min));
        codes.set(Numbers.SHORT, at + (long) (dim + j) * Short.BYTES, Numbers.halfAbove(max));
      }
    }
  }
}
