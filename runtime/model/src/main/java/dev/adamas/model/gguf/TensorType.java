package dev.adamas.model.gguf;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How the values of a tensor are stored. A row is a whole number of blocks; each block holds {@link
 * #valuesPerBlock()} values in {@link #bytesPerBlock()} bytes. Every type of ggml is listed, so
 * that a file can be described even where its values cannot be decoded.
 */
public enum TensorType {
  /** IEEE single. */
  F32(0, 1, 4, true),
  /** IEEE half. */
  F16(1, 1, 2, true),
  /** 4-bit values, one scale. */
  Q4_0(2, 32, 18, true),
  /** 4-bit values, scale and minimum. */
  Q4_1(3, 32, 20, true),
  /** 5-bit values, one scale. */
  Q5_0(6, 32, 22, true),
  /** 5-bit values, scale and minimum. */
  Q5_1(7, 32, 24, true),
  /** 8-bit values, one scale. */
  Q8_0(8, 32, 34, true),
  /** 8-bit values, scale and sum; ggml's activations, never weights. */
  Q8_1(9, 32, 36, false),
  /** 2-bit values, 16 sub-blocks with 4-bit scales and minima. */
  Q2_K(10, 256, 84, true),
  /** 3-bit values, 16 sub-blocks with 6-bit scales. */
  Q3_K(11, 256, 110, true),
  /** 4-bit values, 8 sub-blocks with 6-bit scales and minima. */
  Q4_K(12, 256, 144, true),
  /** 5-bit values, 8 sub-blocks with 6-bit scales and minima. */
  Q5_K(13, 256, 176, true),
  /** 6-bit values, 16 sub-blocks with 8-bit scales. */
  Q6_K(14, 256, 210, true),
  /** 8-bit values with a float scale and sums; ggml's activations, never weights. */
  Q8_K(15, 256, 292, false),
  /** Lattice codes, 2.06 bits. */
  IQ2_XXS(16, 256, 66, false),
  /** Lattice codes, 2.31 bits. */
  IQ2_XS(17, 256, 74, false),
  /** Lattice codes, 3.06 bits. */
  IQ3_XXS(18, 256, 98, false),
  /** Lattice codes, 1.56 bits. */
  IQ1_S(19, 256, 50, false),
  /** 4-bit indices into a fixed table of levels, one scale. */
  IQ4_NL(20, 32, 18, true),
  /** Lattice codes, 3.44 bits. */
  IQ3_S(21, 256, 110, false),
  /** Lattice codes, 2.56 bits. */
  IQ2_S(22, 256, 82, false),
  /** 4-bit indices into a fixed table of levels, 8 sub-blocks with 6-bit scales. */
  IQ4_XS(23, 256, 136, true),
  /** Signed 8-bit integer. */
  I8(24, 1, 1, false),
  /** Signed 16-bit integer. */
  I16(25, 1, 2, false),
  /** Signed 32-bit integer. */
  I32(26, 1, 4, false),
  /** Signed 64-bit integer. */
  I64(27, 1, 8, false),
  /** IEEE double. */
  F64(28, 1, 8, false),
  /** Lattice codes, 1.75 bits. */
  IQ1_M(29, 256, 56, false),
  /** The upper half of an IEEE single. */
  BF16(30, 1, 2, true),
  /** Ternary values, 1.69 bits. */
  TQ1_0(34, 256, 54, false),
  /** Ternary values, 2.06 bits. */
  TQ2_0(35, 256, 66, false),
  /** 4-bit floats that share a power of two. */
  MXFP4(39, 32, 17, false),
  /** 4-bit floats, 16 of which share an 8-bit float. */
  NVFP4(40, 64, 36, false);

  private static final TensorType[] BY_NUMBER = new TensorType[41];

  static {
    for (TensorType type : values()) {
      BY_NUMBER[type.number] = type;
    }
  }

  private final int number;
  private final int valuesPerBlock;
  private final int bytesPerBlock;
  private final boolean decodable;

  TensorType(int number, int valuesPerBlock, int bytesPerBlock, boolean decodable) {
    this.number = number;
    this.valuesPerBlock = valuesPerBlock;
    this.bytesPerBlock = bytesPerBlock;
    this.decodable = decodable;
  }

  /** The values of one block: 1, 32, 64 or 256. */
  public int valuesPerBlock() {
    return valuesPerBlock;
  }

  /** The bytes of one block. */
  public int bytesPerBlock() {
    return bytesPerBlock;
  }

  /** Whether {@link #decode} works for this type. */
  public boolean decodable() {
    return decodable;
  }

  /**
   * The bytes that so many values take.
   *
   * @param values a multiple of {@link #valuesPerBlock()}
   * @throws IllegalArgumentException if it is no multiple, or the bytes do not fit a long
   */
  public long bytes(long values) {
    if (values < 0 || values % valuesPerBlock != 0) {
      throw new IllegalArgumentException(
          "%s stores values in blocks of %d, so %d values cannot be stored; use a multiple of %d"
              .formatted(name(), valuesPerBlock, values, valuesPerBlock));
    }
    long blocks = values / valuesPerBlock;
    if (blocks > Long.MAX_VALUE / bytesPerBlock) {
      throw new IllegalArgumentException(
          "%d values of type %s are more bytes than can be counted".formatted(values, name()));
    }
    return blocks * bytesPerBlock;
  }

  /**
   * Decodes values one block at a time in plain scalar code. This defines what the type means: it
   * is the reference that faster products are tested against, and it rounds exactly as ggml's own
   * decoder does (single precision, one multiplication and one addition per value, no fused ones).
   *
   * @param source the bytes, little-endian, of any alignment
   * @param offset where the first block begins, in bytes
   * @param target receives the values
   * @param targetOffset the index of the first value
   * @param values how many, a multiple of {@link #valuesPerBlock()}
   * @throws GgufException if the type cannot be decoded
   * @throws IndexOutOfBoundsException if source or target is too small; nothing is written then
   */
  public void decode(
      MemorySegment source, long offset, float[] target, int targetOffset, int values) {
    if (!decodable) {
      throw new GgufException(
          "tensor type %s cannot be decoded; convert the model to one of %s"
              .formatted(name(), decodableNames()));
    }
    long bytes = bytes(values);
    Objects.checkFromIndexSize(offset, bytes, source.byteSize());
    Objects.checkFromIndexSize(targetOffset, values, target.length);
    Dequantize.decode(this, source, offset, target, targetOffset, values);
  }

  /** The type with that number in the file; empty where there is none, or it was withdrawn. */
  public static Optional<TensorType> of(int number) {
    return number >= 0 && number < BY_NUMBER.length
        ? Optional.ofNullable(BY_NUMBER[number])
        : Optional.empty();
  }

  /** The names of the types that can be decoded, for messages: {@code F32, F16, …}. */
  public static String decodableNames() {
    return Arrays.stream(values())
        .filter(TensorType::decodable)
        .map(TensorType::name)
        .collect(Collectors.joining(", "));
  }
}
