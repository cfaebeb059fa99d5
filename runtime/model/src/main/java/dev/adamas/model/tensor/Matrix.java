package dev.adamas.model.tensor;

import dev.adamas.model.gguf.TensorType;
import java.lang.foreign.MemorySegment;

/**
 * A matrix of weights in the storage of its file: {@code rows} outputs of {@code columns} inputs,
 * row by row, never copied.
 *
 * <p>Immutable; any number of threads may use it while the memory lives. Products are computed for
 * a range of rows, so that a caller splits the work as it likes: the result is the same.
 */
public final class Matrix {
  private final MemorySegment data;
  private final RowFormat format;
  private final TensorType type;
  private final int rows;
  private final int columns;
  private final long rowBytes;

  private Matrix(TensorType type, MemorySegment data, int rows, int columns) {
    this.type = type;
    this.data = data;
    this.rows = rows;
    this.columns = columns;
    format = RowFormat.of(type);
    rowBytes = type.bytes(columns);
  }

  /**
   * Views weights as a matrix.
   *
   * @param data exactly the bytes of {@code rows} rows
   * @throws IllegalArgumentException if the type cannot be decoded, a row is no whole number of
   *     blocks, or the bytes are too many or too few
   */
  public static Matrix of(TensorType type, MemorySegment data, int rows, int columns) {
    if (!type.decodable()) {
      throw new IllegalArgumentException(
          "Weights of type %s cannot be used; convert the model to one of %s."
              .formatted(type, TensorType.decodableNames()));
    }
    long bytes = Math.multiplyExact(type.bytes(columns), (long) rows);
    if (data.byteSize() != bytes) {
      throw new IllegalArgumentException(
          "A %s matrix of %d by %d takes %d bytes, but %d were given."
              .formatted(type, rows, columns, bytes, data.byteSize()));
    }
    return new Matrix(type, data, rows, columns);
  }

  /** Outputs. */
  public int rows() {
    return rows;
  }

  /** Inputs. */
  public int columns() {
    return columns;
  }

  /** How the weights are stored. */
  public TensorType type() {
    return type;
  }

  /** Decodes one row, such as the embedding of a token, to {@code out[at…]}. */
  public void row(int row, float[] out, int at) {
    format.decode(data, row * rowBytes, columns, out, at);
  }

  /**
   * Computes {@code y[yAt + r] = row r · x} for the rows {@code from … to-1}.
   *
   * @param x the input, {@link #columns()} floats from {@code xAt} on
   */
  public void multiply(float[] x, int xAt, float[] y, int yAt, int from, int to, Scratch scratch) {
    for (int r = from; r < to; r++) {
      y[yAt + r] = format.dot(data, r * rowBytes, columns, x, xAt, scratch.chunk);
    }
  }

  /**
   * Computes features {@code from … to-1} of {@code y} for all tokens of the first panels: {@code y
   * = W·x}, or {@code y + W·x}.
   *
   * @param x input of {@link #columns()} features
   * @param y output; feature {@code yFeature + r} receives row r
   * @param panels how many panels are computed
   * @param add whether the product is added to what y holds
   */
  public void multiply(
      Panels x,
      Panels y,
      int yFeature,
      int panels,
      int from,
      int to,
      boolean add,
      Scratch scratch) {
    for (int r = from; r < to; r += Tile.ROWS) {
      int count = Math.min(Tile.ROWS, to - r);
      for (int i = 0; i < count; i++) {
        format.decode(data, (r + i) * rowBytes, columns, scratch.weights, i * columns);
      }
      for (int p = 0; p < panels; p++) {
        int target = y.at(p, yFeature + r);
        if (count == Tile.ROWS && !add) {
          Tile.multiply(scratch.weights, columns, x.data, x.at(p, 0), y.data, target);
        } else {
          Tile.multiply(scratch.weights, columns, x.data, x.at(p, 0), scratch.tile, 0);
          Elementwise.store(scratch.tile, y.data, target, count * Panels.WIDTH, add);
        }
      }
    }
  }
}
