package dev.adamas.tck.lab;

import dev.adamas.api.StepProbe;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What a step selected, read and computed. */
public final class Observed implements StepProbe {

  /** Where a selection belongs. */
  public record Place(int slot, int row, int queryHead) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      return java.util.Comparator.comparingInt(Place::slot)
          .thenComparingInt(Place::row)
          .thenComparingInt(Place::queryHead)
          .compare(this, other);
    }

    @Override
    public String toString() {
      return "slot %d, row %d, query head %d".formatted(slot, row, queryHead);
    }
  }

  /** What one slot's step cost. */
  public record Cost(long visibleTokens, long kvBytes, long indexBytes) {}

  private final boolean wantsSelection;
  private final Thread caller = Thread.currentThread();
  private final Map<Place, int[]> selections = new TreeMap<>();
  private final Map<Integer, Cost> costs = new TreeMap<>();
  private final List<String> problems = new ArrayList<>();
  private final List<float[]> outputs = new ArrayList<>();

  /** Nothing yet. */
  public Observed(boolean wantsSelection) {
    this.wantsSelection = wantsSelection;
  }

  @Override
  public boolean wantsSelection() {
    return wantsSelection;
  }

  @Override
  public synchronized void selected(
      int slot, int row, int queryHead, MemorySegment positions, int count) {
    Place place = new Place(slot, row, queryHead);
    int[] copy = new int[Math.max(count, 0)];
    MemorySegment.copy(positions, ValueLayout.JAVA_INT_UNALIGNED, 0, copy, 0, copy.length);
    if (!wantsSelection) {
      problems.add("it reported a selection to a probe that wants none");
    }
    if (selections.put(place, copy) != null) {
      problems.add("it reported %s twice".formatted(place));
    }
  }

  @Override
  public synchronized void read(int slot, long visibleTokens, long kvBytes, long indexBytes) {
    if (Thread.currentThread() != caller) {
      problems.add("it reported the cost of slot %d from another thread".formatted(slot));
    }
    if (costs.put(slot, new Cost(visibleTokens, kvBytes, indexBytes)) != null) {
      problems.add("it reported the cost of slot %d twice".formatted(slot));
    }
  }

  void output(float[] output) {
    outputs.add(output);
  }

  /** What each row and head saw; none where it attended densely. */
  public Map<Place, int[]> selections() {
    return selections;
  }

  /** Costs by slot. */
  public Map<Integer, Cost> costs() {
    return costs;
  }

  /** What the step did that the protocol forbids. */
  public List<String> problems() {
    return problems;
  }

  /** Outputs of a slot, {@code [rows][queryHeads][headDim]}. */
  public float[] output(int slot) {
    return outputs.get(slot);
  }

  /** The first selection that differs, in words. */
  public Optional<String> selectionDifference(Observed other) {
    if (!selections.keySet().equals(other.selections.keySet())) {
      return Optional.of(
          "sparse selections were reported for %s instead of %s"
              .formatted(selections.keySet(), other.selections.keySet()));
    }
    for (Map.Entry<Place, int[]> entry : selections.entrySet()) {
      int[] expected = other.selections.getOrDefault(entry.getKey(), new int[0]);
      if (!Arrays.equals(entry.getValue(), expected)) {
        return Optional.of(
            "%s selected %s instead of %s"
                .formatted(entry.getKey(), brief(entry.getValue()), brief(expected)));
      }
    }
    return Optional.empty();
  }

  /** The first output that differs by a bit, in words. */
  public Optional<String> bitDifference(Observed other) {
    for (int slot = 0; slot < outputs.size(); slot++) {
      float[] expected = other.outputs.get(slot);
      for (int i = 0; i < expected.length; i++) {
        if (Float.floatToIntBits(outputs.get(slot)[i]) != Float.floatToIntBits(expected[i])) {
          return Optional.of(
              "output %d of slot %d is %s instead of %s"
                  .formatted(i, slot, outputs.get(slot)[i], expected[i]));
        }
      }
    }
    return Optional.empty();
  }

  /**
   * The first output that is off by more than a share of the slot's largest number, in words.
   *
   * @param tolerance the share
   */
  public Optional<String> outputDifference(Observed other, double tolerance) {
    for (int slot = 0; slot < outputs.size(); slot++) {
      float[] expected = other.outputs.get(slot);
      float largest = 0;
      for (float e : expected) {
        largest = Math.max(largest, Math.abs(e));
      }
      for (int i = 0; i < expected.length; i++) {
        float actual = outputs.get(slot)[i];
        if (!(Math.abs(actual - expected[i]) <= tolerance * largest + 1e-6)) {
          return Optional.of(
              "output %d of slot %d is %s instead of %s (tolerance %s of the largest, %s)"
                  .formatted(i, slot, actual, expected[i], tolerance, largest));
        }
      }
    }
    return Optional.empty();
  }

  static String brief(int[] positions) {
    String text = Arrays.toString(Arrays.copyOf(positions, Math.min(positions.length, 12)));
    return positions.length > 12
        ? text.substring(0, text.length() - 1) + ", … of " + positions.length + "]"
        : text;
  }
}
