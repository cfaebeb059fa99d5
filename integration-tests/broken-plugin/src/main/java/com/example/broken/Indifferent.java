package com.example.broken;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Distance;
import dev.adamas.api.Quantizer;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** {@code indifferent@1(fault=…,millis=…,step=…)}: every key scores 0. */
record Indifferent(Fault fault) implements Distance {

  static final String ID = "indifferent";

  @Override
  public ComponentSpec spec() {
    return ComponentSpec.of(ID, 1, fault.texts());
  }

  @Override
  public Meaning meaning() {
    return Meaning.RANK;
  }

  @Override
  public Optional<String> incompatibility(Quantizer quantizer) {
    return Optional.empty();
  }

  @Override
  public int queryBytes(Quantizer quantizer, int dim) {
    return 1;
  }

  @Override
  public void prepareQuery(
      Quantizer quantizer, MemorySegment query, int dim, MemorySegment prepared) {
    prepared.asSlice(0, 1).fill((byte) 0);
  }

  @Override
  public void score(
      Quantizer quantizer,
      MemorySegment prepared,
      MemorySegment codes,
      int count,
      int dim,
      MemorySegment scores) {
    scores.asSlice(0, 4L * count).fill((byte) 0);
  }

  @Override
  public float step(Quantizer quantizer, MemorySegment prepared, int dim) {
    throw new UnsupportedOperationException(ID + "@1 only ranks.");
  }

  @Override
  public float offset(Quantizer quantizer, MemorySegment prepared, int dim) {
    throw new UnsupportedOperationException(ID + "@1 only ranks.");
  }
}
