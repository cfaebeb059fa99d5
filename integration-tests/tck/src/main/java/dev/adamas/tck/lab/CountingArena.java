package dev.adamas.tck.lab;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A shared arena that counts what is allocated in it. */
public final class CountingArena implements Arena {

  private final Arena arena = Arena.ofShared();
  private long allocated;

  /** An empty arena. */
  public CountingArena() {}

  /** Bytes allocated so far. */
  public synchronized long allocated() {
    return allocated;
  }

  @Override
  public synchronized MemorySegment allocate(long byteSize, long byteAlignment) {
    allocated += byteSize;
    return arena.allocate(byteSize, byteAlignment);
  }

  @Override
  public MemorySegment.Scope scope() {
    return arena.scope();
  }

  @Override
  public void close() {
    arena.close();
  }
}
