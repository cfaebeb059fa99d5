package dev.adamas.model.tensor;

import dev.adamas.model.gguf.TensorType;
import java.lang.foreign.MemorySegment;

/**
 * How one tensor type is read from mapped memory: as floats, and as a product with floats.
 *
 * <p>{@link #decode} feeds the matrix product, where one decoded row serves many activation rows.
 * {@link #dot} serves the step with a single activation row: it unpacks in registers, because
 * decoding into the cache first took 1.7 times as long (Q8_0 and Q4_1, 8 lanes).
 *
 * <p>Counts are multiples of the type's block size; offsets are bytes. Formats are stateless.
 */
abstract class RowFormat {

  static RowFormat of(TensorType type) {
    return switch (type) {
      case F32 -> new F32Format();
      case F16 -> new F16Format();
      case BF16 -> new BF16Format();
      default -> Lanes.BLOCKS ? blocks(type) : new DecodedFormat(type);
    };
  }

  private static RowFormat blocks(TensorType type) {
    return switch (type) {
      case Q8_0 -> new Q8Format();
      case Q4_0 -> new Q4Format(false);
      case Q4_1 -> new Q4Format(true);
      case Q5_0 -> new Q5Format(false);
      case Q5_1 -> new Q5Format(true);
      case Q4_K -> new Q4KFormat();
      case Q5_K -> new Q5KFormat();
      case Q6_K -> new Q6KFormat();
      default -> new DecodedFormat(type);
    };
  }

  /** Writes {@code count} values from byte {@code offset} on to {@code out[at…]}. */
  abstract void decode(MemorySegment data, long offset, int count, float[] out, int at);

  /**
   * The product of {@code count} values with {@code x[at…]}, in an order that depends on nothing
   * but {@code count}.
   *
   * @param scratch at least {@link Scratch#CHUNK} floats this call may overwrite
   */
  abstract float dot(
      MemorySegment data, long offset, int count, float[] x, int at, float[] scratch);
}
