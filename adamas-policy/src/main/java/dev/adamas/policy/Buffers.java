package dev.adamas.policy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Layouts, and the small arrays in which stages work.
 *
 * <p>Stages are given heap and native segments of several kinds. Reading those number by number
 * costs a virtual call each once the JIT has seen three kinds, so rows are copied in blocks that
 * fit the first-level cache, and all arithmetic runs on arrays. The arrays are per thread and hold
 * JDK types only, so that a thread never keeps a plugin's classes loaded.
 */
final class Buffers {

  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static final VarHandle LONG_AT =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  static final VarHandle FLOAT_AT =
      MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);
  static final VarHandle SHORT_AT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  /** Numbers of a block: 8 KB of float32 beside their codes leave room in a 32 KB cache. */
  private static final int BLOCK = 2048;

  private static final ThreadLocal<float[]> FLOATS =
      ThreadLocal.withInitial(() -> new float[BLOCK]);
  private static final ThreadLocal<float[]> TABLE = ThreadLocal.withInitial(() -> new float[BLOCK]);
  private static final ThreadLocal<byte[]> BYTES =
      ThreadLocal.withInitial(() -> new byte[4 * BLOCK]);
  private static final ThreadLocal<long[]> WORDS = ThreadLocal.withInitial(() -> new long[64]);
  private static final ThreadLocal<int[]> INTS = ThreadLocal.withInitial(() -> new int[BLOCK]);
  private static final ThreadLocal<int[]> COUNTS = ThreadLocal.withInitial(() -> new int[2048]);

  private Buffers() {}

  /** Rows of {@code size} numbers that make a block, at least 1. */
  static int rowsPerBlock(int size) {
    return Math.max(1, BLOCK / size);
  }

  /** At least {@code size} numbers. */
  static float[] floats(int size) {
    float[] array = FLOATS.get();
    if (array.length < size) {
      array = new float[size];
      FLOATS.set(array);
    }
    return array;
  }

  /** At least {@code size} more numbers. */
  static float[] table(int size) {
    float[] array = TABLE.get();
    if (array.length < size) {
      array = new float[size];
      TABLE.set(array);
    }
    return array;
  }

  /** At least {@code size} integers. */
  static int[] ints(int size) {
    int[] array = INTS.get();
    if (array.length < size) {
      array = new int[size];
      INTS.set(array);
    }
    return array;
  }

  /** At least {@code size} bytes. */
  static byte[] bytes(int size) {
    byte[] array = BYTES.get();
    if (array.length < size) {
      array = new byte[size];
      BYTES.set(array);
    }
    return array;
  }

  /** At least {@code size} words. */
  static long[] words(int size) {
    long[] array = WORDS.get();
    if (array.length < size) {
      array = new long[size];
      WORDS.set(array);
    }
    return array;
  }

  /** 2048 counters with any content. */
  static int[] counts() {
    return COUNTS.get();
  }

  /** Reads {@code count} float32 from byte {@code offset} on. */
  static void read(MemorySegment source, long offset, float[] target, int count) {
    MemorySegment.copy(source, FLOAT, offset, target, 0, count);
  }

  /** Writes {@code count} float32 from byte {@code offset} on. */
  static void write(float[] source, int count, MemorySegment target, long offset) {
    MemorySegment.copy(source, 0, target, FLOAT, offset, count);
  }

  /** Reads {@code count} bytes from byte {@code offset} on. */
  static void read(MemorySegment source, long offset, byte[] target, int count) {
    MemorySegment.copy(source, ValueLayout.JAVA_BYTE, offset, target, 0, count);
  }

  /** Writes {@code count} bytes from byte {@code offset} on. */
  static void write(byte[] source, int count, MemorySegment target, long offset) {
    MemorySegment.copy(source, 0, target, ValueLayout.JAVA_BYTE, offset, count);
  }
}
