package dev.adamas.tck.lab;

import dev.adamas.api.Stage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * One call of a pure function of a stage: memory in, memory out.
 *
 * @param name for messages
 * @param inputs what is passed in
 * @param outputBytes bytes of the output
 * @param body the call
 */
public record StageCall<S extends Stage>(
    String name, List<byte[]> inputs, int outputBytes, Body<S> body) {

  /** A call of a stage. */
  @FunctionalInterface
  public interface Body<S extends Stage> {
    /**
     * Does it.
     *
     * @return how many bytes of the output it wrote
     */
    int run(S stage, List<MemorySegment> inputs, MemorySegment output);
  }

  /** The output for the inputs in plain heap memory. */
  public byte[] result(S stage) {
    byte[] output = new byte[outputBytes];
    int written =
        body.run(
            stage,
            inputs.stream().map(MemorySegment::ofArray).toList(),
            MemorySegment.ofArray(output));
    return Arrays.copyOf(output, written);
  }

  /** Numbers as a stage sees them. */
  public static byte[] bytes(float... numbers) {
    ByteBuffer buffer =
        ByteBuffer.allocate(numbers.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(numbers);
    return buffer.array();
  }

  /** Rows side by side. */
  public static byte[] bytes(float[][] rows) {
    ByteBuffer buffer =
        ByteBuffer.allocate(rows.length * rows[0].length * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (float[] row : rows) {
      for (float number : row) {
        buffer.putFloat(number);
      }
    }
    return buffer.array();
  }

  /** Numbers that a stage wrote. */
  public static float[] floats(byte[] bytes) {
    return MemorySegment.ofArray(bytes)
        .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
  }

  /** Ordinals that a stage wrote. */
  public static int[] ints(byte[] bytes) {
    return MemorySegment.ofArray(bytes)
        .toArray(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
  }
}
