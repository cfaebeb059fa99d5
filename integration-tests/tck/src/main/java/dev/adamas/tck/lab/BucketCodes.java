package dev.adamas.tck.lab;

import dev.adamas.api.Buckets;

/** Codes by the letter of {@link Buckets}. */
public final class BucketCodes {

  private BucketCodes() {}

  /**
   * Encodes rows.
   *
   * @param rows transformed rows of a multiple of 8 coordinates
   */
  public static byte[] encode(Buckets buckets, float[][] rows) {
    int planeBytes = rows[0].length / 8;
    int bits = Integer.numberOfTrailingZeros(buckets.levels().size());
    boolean scaled = buckets.scale() != Buckets.Scale.NONE;
    int codeBytes = bits * planeBytes + (scaled ? Short.BYTES : 0);
    byte[] codes = new byte[rows.length * codeBytes];
    for (int i = 0; i < rows.length; i++) {
      float[] y = centred(rows[i], buckets);
      float squares = dot(y, y);
      float sigma = (float) Math.sqrt(squares / y.length);
      float[] levels = new float[y.length];
      for (int j = 0; j < y.length; j++) {
        int code = code(y[j], sigma, buckets);
        levels[j] = buckets.levels().get(code);
        for (int plane = 0; plane < bits; plane++) {
          int bit = (code >> (bits - 1 - plane)) & 1;
          codes[i * codeBytes + plane * planeBytes + j / 8] |= (byte) (bit << (j % 8));
        }
      }
      if (scaled) {
        float scale =
            switch (buckets.scale()) {
              case DEBIAS -> sigma == 0 ? 0 : squares / dot(y, levels);
              default -> sigma * buckets.levelUnit();
            };
        short half = Float.floatToFloat16(scale);
        codes[(i + 1) * codeBytes - 2] = (byte) half;
        codes[(i + 1) * codeBytes - 1] = (byte) (half >> 8);
      }
    }
    return codes;
  }

  private static float[] centred(float[] row, Buckets buckets) {
    float[] y = row.clone();
    for (int j = 0; j < buckets.mean().size(); j++) {
      y[j] -= buckets.mean().get(j);
    }
    return y;
  }

  private static int code(float y, float sigma, Buckets buckets) {
    boolean scaled = buckets.scale() != Buckets.Scale.NONE;
    if (scaled && sigma == 0) {
      return buckets.thresholds().size() / 2;
    }
    double unit = scaled ? Math.max(sigma, Float.MIN_NORMAL) : 1;
    int code = 0;
    for (double threshold : buckets.thresholds()) {
      code += y > (float) (threshold * unit) ? 1 : 0;
    }
    return code;
  }

  private static float dot(float[] a, float[] b) {
    float[] partial = new float[16];
    for (int j = 0; j < a.length; j++) {
      partial[j % 16] += a[j] * b[j];
    }
    float sum = 0;
    for (float part : partial) {
      sum += part;
    }
    return sum;
  }
}
