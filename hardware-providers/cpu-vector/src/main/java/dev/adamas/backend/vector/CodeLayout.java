package dev.adamas.backend.vector;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** How an index arranges codes within a block of {@link SparseIndex#BLOCK}. */
interface CodeLayout {

  /** Words of code rows. */
  VarHandle WORD = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** Scales of code rows. */
  VarHandle SCALE = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  /** Bytes of a block. */
  int blockBytes();

  /** Whether each code has an fp16 scale of its own, apart from its bits. */
  default boolean scaled() {
    return false;
  }

  /** Offset of the scales in a block. */
  default int scalesAt() {
    return blockBytes();
  }

  /**
   * Writes one code into its block.
   *
   * @param code a code as the quantiser wrote it, from {@code from} on
   * @param blocks memory of the index
   * @param block offset of the block
   * @param ordinal number of the code within the block
   */
  void place(byte[] code, int from, MemorySegment blocks, long block, int ordinal);
}
