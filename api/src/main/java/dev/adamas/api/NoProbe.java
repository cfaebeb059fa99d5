package dev.adamas.api;

import java.lang.foreign.MemorySegment;

final class NoProbe implements StepProbe {

  @Override
  public boolean wantsSelection() {
    return false;
  }

  @Override
  public void selected(int slot, int row, int queryHead, MemorySegment positions, int count) {}

  @Override
  public void read(int slot, long visibleTokens, long kvBytes, long indexBytes) {}
}
