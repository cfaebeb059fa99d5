package dev.adamas.backend.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Codes as the quantiser writes them, one after the other. */
record CodeRows(int codeBytes) implements CodeLayout {

  @Override
  public int blockBytes() {
    return codeBytes * SparseIndex.BLOCK;
  }

  @Override
  public void place(byte[] code, int from, MemorySegment blocks, long block, int ordinal) {
    MemorySegment.copy(
        code, from, blocks, ValueLayout.JAVA_BYTE, block + (long) ordinal * codeBytes, codeBytes);
  }
}
