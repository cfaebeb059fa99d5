package com.example.broken;

import dev.adamas.api.SelectionIndex;
import java.lang.foreign.Arena;

/** Remembers nothing but how far it is. */
final class FaultyIndex implements SelectionIndex {

  final FaultyKernel owner;
  final Arena arena;
  int length;
  long generation;

  FaultyIndex(FaultyKernel owner, Arena arena) {
    this.owner = owner;
    this.arena = arena;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public long generation() {
    return generation;
  }

  @Override
  public long bytes() {
    return 0;
  }
}
