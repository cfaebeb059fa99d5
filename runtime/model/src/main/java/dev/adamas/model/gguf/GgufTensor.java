package dev.adamas.model.gguf;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One tensor of a file.
 *
 * @param name its name, for example {@code blk.0.attn_q.weight}
 * @param type how its values are stored
 * @param dimensions one to four sizes, all at least 1, the fastest varying first: a weight matrix
 *     is (inputs, outputs), and each of its rows, one per output, is contiguous
 * @param data its bytes, a read-only slice of the mapped file; valid until the file is closed
 */
public record GgufTensor(String name, TensorType type, List<Long> dimensions, MemorySegment data) {
  /** Copies the dimensions. */
  public GgufTensor {
    dimensions = List.copyOf(dimensions);
  }

  /** The size of dimension {@code i}, 1 where the tensor has fewer. */
  public long dimension(int i) {
    return i < dimensions.size() ? dimensions.get(i) : 1;
  }

  /** The number of values of a row: the first dimension. */
  public long columns() {
    return dimension(0);
  }

  /** The number of rows: the product of all dimensions but the first. */
  public long rows() {
    return dimension(1) * dimension(2) * dimension(3);
  }

  /** The number of values. */
  public long values() {
    return columns() * rows();
  }

  /** The shape as {@code 256 × 4096}, for messages. */
  public String shape() {
    return String.join(" × ", dimensions.stream().map(String::valueOf).toList());
  }
}
