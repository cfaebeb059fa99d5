package dev.adamas.api;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Turns transformed keys into compact codes, from which a {@link Distance} estimates how much a
 * query wants each key. One that {@linkplain #decodes decodes} can code values too ({@link
 * Tail.Residual}).
 *
 * <p>{@code dim} is always the transformed dimension, {@link Transform#outputDim}. A code covers
 * {@link #rowsPerCode} consecutive tokens, aligned to the cache's positions: code {@code c} covers
 * tokens {@code [c·rowsPerCode, (c+1)·rowsPerCode)}. The last code of a sequence may cover fewer;
 * backends encode it again whenever its page grows or shrinks.
 */
public non-sealed interface Quantizer extends Stage {

  /** What a code depends on besides the rows it covers. */
  enum Locality {
    /** Each code covers one token and depends on that token alone (and the calibration). */
    ROW,
    /** Each code covers a page of tokens and depends on these alone (and the calibration). */
    PAGE,
    /** A code depends on the whole sequence: appending a token may change earlier codes. */
    SEQUENCE
  }

  /** Tokens that one code covers: 1, or a page such as Quest's 16. */
  int rowsPerCode();

  /** What a code depends on. */
  default Locality locality() {
    return rowsPerCode() == 1 ? Locality.ROW : Locality.PAGE;
  }

  /** Bytes of one code, scales that the quantiser keeps beside it included. */
  int codeBytes(int dim);

  /**
   * Whether codes need {@link #calibrate} first. A kernel attends densely until the sequence has
   * reached its calibration length ({@link KvView#calibrationLength}).
   */
  boolean needsCalibration();

  /**
   * Measures what the codes need (a mean, a sigma) on the keys of one layer and KV head of one
   * sequence.
   *
   * <p>The result depends only on the set of rows, not on threads or on the order of sums, so that
   * every backend and every rebuild gets the same codes.
   *
   * @param transform the pipeline's transform
   * @param rows float32 {@code [count][keyDim]}: the stored keys of tokens {@code [0, count)}, not
   *     transformed
   * @param count at least 1
   * @param keyDim the model's head dimension
   * @return an immutable calibrated copy; {@code this} where nothing needs calibration
   */
  Quantizer calibrate(Transform transform, MemorySegment rows, int count, int keyDim);

  /** Reads the stored keys of one layer and KV head, not transformed. */
  @FunctionalInterface
  interface KeyReader {

    /**
     * Reads the keys of tokens {@code [from, to)}.
     *
     * @param rows {@code [to - from][keyDim]}, written from the start
     */
    void read(int from, int to, float[] rows);
  }

  /**
   * The same as {@link #calibrate(Transform, MemorySegment, int, int)}, with keys that are read
   * when they are needed, as often as they are needed. A quantiser that looks at a few rows at a
   * time saves the memory, and the time, of a copy of all of them.
   */
  default Quantizer calibrate(Transform transform, KeyReader keys, int count, int keyDim) {
    float[] rows = new float[Math.multiplyExact(count, keyDim)];
    keys.read(0, count, rows);
    return calibrate(transform, MemorySegment.ofArray(rows), count, keyDim);
  }

  /**
   * Encodes keys.
   *
   * @param rows float32 {@code [count][dim]}, transformed keys of {@code count} consecutive tokens
   *     from the start of a code's page
   * @param count at least 1; gives {@code ceil(count / rowsPerCode)} codes
   * @param dim transformed dimension
   * @param codes {@code [codes][codeBytes(dim)]}
   */
  void encode(MemorySegment rows, int count, int dim, MemorySegment codes);

  /**
   * What {@link #encode} does, where that is to compare coordinates with thresholds; a backend may
   * then encode by itself. Empty where it is something else, and before {@link #calibrate} where
   * that is needed.
   */
  default Optional<Buckets> buckets() {
    return Optional.empty();
  }

  /** Whether {@link #decode} gives rows back. */
  default boolean decodes() {
    return false;
  }

  /**
   * Rebuilds rows from their codes, as well as the codes allow.
   *
   * @param codes {@code [count][codeBytes(dim)]}, of a quantiser with one row per code
   * @param count at least 1
   * @param dim transformed dimension
   * @param rows float32 {@code [count][dim]}, written
   * @throws UnsupportedOperationException where this quantiser does not {@linkplain #decodes
   *     decode}
   */
  default void decode(MemorySegment codes, int count, int dim, MemorySegment rows) {
    throw new UnsupportedOperationException(spec() + " does not decode; ask decodes() first.");
  }
}
