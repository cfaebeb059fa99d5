package dev.adamas.backend.vector;

import dev.adamas.api.Quantizer;
import dev.adamas.api.Transform;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Codes of what keys' codes miss, where a tail refines keys. One encoder serves one worker.
 *
 * <p>Keys are transformed a second time: the passes that made the first codes have taken the mean
 * from their rows in place.
 */
final class MissEncoder {

  private final Transform transform;
  private final Quantizer residual;
  private final int headDim;
  private final int dim;
  private final float[] rows;
  private final MemorySegment rowsSegment;
  private final float[] decoded;
  private final MemorySegment decodedSegment;
  private final BucketEncoder buckets;
  private final Optional<BucketCuts> cuts;
  private final byte[] codes;

  /**
   * An encoder.
   *
   * @param transform the pipeline's, for rows of {@code headDim}
   * @param most rows at a time
   */
  MissEncoder(Transform transform, Quantizer residual, int headDim, int most) {
    this.transform = transform;
    this.residual = residual;
    this.headDim = headDim;
    dim = transform.outputDim(headDim);
    rows = new float[Math.multiplyExact(most, dim)];
    rowsSegment = MemorySegment.ofArray(rows);
    decoded = new float[rows.length];
    decodedSegment = MemorySegment.ofArray(decoded);
    buckets = new BucketEncoder(headDim, dim);
    cuts = BucketCuts.of(transform, residual, headDim);
    codes = new byte[Math.multiplyExact(most, residual.codeBytes(dim))];
  }

  /**
   * Codes what codes miss of keys.
   *
   * @param keys float32 {@code [count][headDim]}
   * @param keyCodes what the quantiser made of them
   * @return a code of each, one after the other
   */
  byte[] encode(KeyQuantizer quantizer, MemorySegment keys, int count, byte[] keyCodes) {
    transform.apply(keys, count, headDim, rowsSegment);
    if (quantizer.cuts().isPresent()
        && quantizer.cuts().get().bits() == 2
        && quantizer.cuts().get().scaled()) {
      subtractLevels(rows, dim, count, quantizer.cuts().get(), keyCodes);
    } else {
      quantizer.quantizer().decode(MemorySegment.ofArray(keyCodes), count, dim, decodedSegment);
      for (int j = 0; j < count * dim; j++) {
        rows[j] -= decoded[j];
      }
    }
    if (cuts.isEmpty() || !buckets.encodeTransformed(cuts.get(), rows, count, codes, 0)) {
      residual.encode(rowsSegment, count, dim, MemorySegment.ofArray(codes));
    }
    return codes;
  }

  /** Subtracts what codes of two bits stand for: level times scale, rounded, and the mean. */
  private static void subtractLevels(
      float[] rows, int dim, int count, BucketCuts cuts, byte[] codes) {
    int planeBytes = dim / Byte.SIZE;
    int codeBytes = 2 * planeBytes + Short.BYTES;
    float[] levels = cuts.levels;
    float[] mean = cuts.mean;
    for (int i = 0; i < count; i++) {
      int code = i * codeBytes;
      short stored = (short) CodeLayout.SCALE.get(codes, code + 2 * planeBytes);
      float scale = Float.float16ToFloat(stored);
      FloatVector l0 = FloatVector.broadcast(Lanes.F, levels[0] * scale);
      FloatVector l1 = FloatVector.broadcast(Lanes.F, levels[1] * scale);
      FloatVector l2 = FloatVector.broadcast(Lanes.F, levels[2] * scale);
      FloatVector l3 = FloatVector.broadcast(Lanes.F, levels[3] * scale);
      for (int j = 0; j < dim; j += Lanes.L) {
        int word = code + j / Long.SIZE * Long.BYTES;
        long high = (long) CodeLayout.WORD.get(codes, word) >>> j;
        long low = (long) CodeLayout.WORD.get(codes, word + planeBytes) >>> j;
        VectorMask<Float> isLow = VectorMask.fromLong(Lanes.F, low);
        FloatVector level =
            l0.blend(l1, isLow).blend(l2.blend(l3, isLow), VectorMask.fromLong(Lanes.F, high));
        FloatVector.fromArray(Lanes.F, rows, i * dim + j)
            .sub(level.add(FloatVector.fromArray(Lanes.F, mean, j)))
            .intoArray(rows, i * dim + j);
      }
    }
  }
}
