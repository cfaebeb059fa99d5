package com.example.blocked;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Distance;
import dev.adamas.api.Quantizer;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;

/**
 * {@code sparse-query@1(rank=…)}: the negative dot product over the coordinates in which the query
 * is largest, from {@code int8@1} codes. The query's own coordinates get 8 bits too, so the sum is
 * one of integers and does not depend on its order.
 *
 * <p>A prepared query is its scale, then coordinate and code of each counted coordinate, ascending.
 */
final class SparseQuery implements Distance {

  static final String ID = "sparse-query";
  static final String RANK = "rank";

  /** 127 · 127 · 1040 is below 2<sup>24</sup>: sums stay exact as float32. */
  static final int MAX_RANK = 1040;

  private static final int ENTRY_BYTES = 2 * Integer.BYTES;

  private final ComponentSpec spec;
  private final int rank;

  SparseQuery(int rank) {
    this.spec = ComponentSpec.of(ID, 1, Map.of(RANK, Integer.toString(rank)));
    this.rank = rank;
  }

  @Override
  public ComponentSpec spec() {
    return spec;
  }

  @Override
  public Meaning meaning() {
    return Meaning.LOGIT;
  }

  @Override
  public Optional<String> incompatibility(Quantizer quantizer) {
    return quantizer.spec().is(Int8.ID, 1)
        ? Optional.empty()
        : Optional.of(
            "%s reads codes of int8@1, not of %s; set quantizer=int8."
                .formatted(spec.name(), quantizer.spec()));
  }

  @Override
  public int queryBytes(Quantizer quantizer, int dim) {
    return Float.BYTES + Math.min(rank, dim) * ENTRY_BYTES;
  }

  @Override
  public void prepareQuery(
      Quantizer quantizer, MemorySegment query, int dim, MemorySegment prepared) {
    float largest = 0;
    for (int j = 0; j < dim; j++) {
      largest = Math.max(largest, Math.abs(query.get(Layouts.FLOAT, 4L * j)));
    }
    float scale = Int8.scale(largest);
    prepared.set(Layouts.FLOAT, 0, scale);
    int counted = Math.min(rank, dim);
    long at = Float.BYTES;
    for (int j = 0; j < dim; j++) {
      float coordinate = query.get(Layouts.FLOAT, 4L * j);
      if (isAmongLargest(query, dim, j, magnitude(coordinate), counted)) {
        prepared.set(Layouts.INT, at, j);
        prepared.set(Layouts.INT, at + Integer.BYTES, Int8.code(coordinate, scale));
        at += ENTRY_BYTES;
      }
    }
  }

  /** Whether fewer than {@code counted} coordinates come before one; ties go to the lower. */
  private static boolean isAmongLargest(
      MemorySegment query, int dim, int coordinate, int magnitude, int counted) {
    int before = 0;
    for (int i = 0; i < dim && before < counted; i++) {
      int other = magnitude(query.get(Layouts.FLOAT, 4L * i));
      before += other > magnitude || (other == magnitude && i < coordinate) ? 1 : 0;
    }
    return before < counted;
  }

  /** A number that grows with the absolute value; NaN is the largest. */
  static int magnitude(float x) {
    return Float.floatToIntBits(x) & Integer.MAX_VALUE;
  }

  @Override
  public void score(
      Quantizer quantizer,
      MemorySegment prepared,
      MemorySegment codes,
      int count,
      int dim,
      MemorySegment scores) {
    float scale = prepared.get(Layouts.FLOAT, 0);
    int counted = Math.min(rank, dim);
    int codeBytes = quantizer.codeBytes(dim);
    for (int row = 0; row < count; row++) {
      long code = (long) row * codeBytes;
      int dot = 0;
      for (int i = 0; i < counted; i++) {
        long entry = Float.BYTES + (long) i * ENTRY_BYTES;
        int coordinate = prepared.get(Layouts.INT, entry);
        dot +=
            prepared.get(Layouts.INT, entry + Integer.BYTES)
                * codes.get(Layouts.BYTE, code + coordinate);
      }
      scores.set(Layouts.FLOAT, 4L * row, score(dot, codes.get(Layouts.FLOAT, code + dim), scale));
    }
  }

  /** The score of a sum of products of codes. */
  static float score(int dot, float keyScale, float queryScale) {
    return -(dot * keyScale) * queryScale;
  }

  @Override
  public float step(Quantizer quantizer, MemorySegment prepared, int dim) {
    return 1;
  }

  @Override
  public float offset(Quantizer quantizer, MemorySegment prepared, int dim) {
    return 0;
  }
}
