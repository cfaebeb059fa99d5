package dev.adamas.eval.task;

import dev.adamas.api.LayerPlan;
import dev.adamas.api.StepProbe;
import dev.adamas.engine.Session;
import dev.adamas.eval.metric.ExactAttention;
import dev.adamas.model.AttentionWatcher;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Holds every attention of a session against exact attention, head by head.
 *
 * <p>Layers that attend densely by plan are left out, unless all do.
 */
final class SelectionWatch implements AttentionWatcher, StepProbe {

  /** Sums over the steps of a layer and head. */
  private static final class Sums {
    private double recall;
    private double mass;
    private double error;
    private int steps;
  }

  private final Session session;
  private final List<Integer> layers;
  private final Sums[][] sums;

  /** What each head selected in the step at hand; empty where it attended densely. */
  private final int[][] selected;

  SelectionWatch(Session session) {
    this.session = session;
    int count = session.shape().layers();
    List<Integer> sparse =
        IntStream.range(0, count)
            .filter(
                layer ->
                    !(session.policy().plan(layer, session.shape()) instanceof LayerPlan.Dense))
            .boxed()
            .toList();
    layers = sparse.isEmpty() ? IntStream.range(0, count).boxed().toList() : sparse;
    int heads = session.shape().queryHeads();
    selected = new int[heads][];
    Arrays.setAll(selected, _ -> new int[0]);
    sums = new Sums[count][heads];
    for (Sums[] layer : sums) {
      Arrays.setAll(layer, _ -> new Sums());
    }
  }

  @Override
  public StepProbe attending(int layer) {
    Arrays.setAll(selected, _ -> new int[0]);
    return layers.contains(layer) ? this : StepProbe.NONE;
  }

  @Override
  public boolean wantsSelection() {
    return true;
  }

  /** Heads report from several threads, each its own entry. */
  @Override
  public void selected(int slot, int row, int queryHead, MemorySegment positions, int count) {
    selected[queryHead] = positions.asSlice(0, 4L * count).toArray(ValueLayout.JAVA_INT_UNALIGNED);
  }

  @Override
  public void read(int slot, long visibleTokens, long kvBytes, long indexBytes) {}

  @Override
  public void attended(int layer, int rows, MemorySegment queries, MemorySegment output) {
    if (!layers.contains(layer)) {
      return;
    }
    int dim = session.shape().headDim();
    int length = session.view(layer).length();
    IntStream.range(0, session.shape().queryHeads())
        .forEach(
            head -> {
              long at = 4L * dim * head;
              ExactAttention exact =
                  ExactAttention.of(session.view(layer), floats(queries, at, dim), head);
              int[] positions =
                  selected[head].length == 0
                      ? IntStream.range(0, length).toArray()
                      : selected[head];
              Sums sum = sums[layer][head];
              sum.recall += exact.recall(positions);
              sum.mass += exact.mass(positions);
              sum.error += exact.error(floats(output, at, dim));
              sum.steps++;
            });
  }

  private static float[] floats(MemorySegment segment, long at, int count) {
    return segment.asSlice(at, 4L * count).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
  }

  /** Means over steps, overall and as {@code layer2.head0.recall}. */
  Outcome outcome() {
    SortedMap<String, Double> details = new TreeMap<>();
    double recall = 0;
    double mass = 0;
    double error = 0;
    for (int layer : layers) {
      for (int head = 0; head < sums[layer].length; head++) {
        Sums sum = sums[layer][head];
        String name = "layer%d.head%d.".formatted(layer, head);
        details.put(name + "recall", sum.recall / sum.steps);
        details.put(name + "mass", sum.mass / sum.steps);
        details.put(name + "error", sum.error / sum.steps);
        recall += sum.recall / sum.steps;
        mass += sum.mass / sum.steps;
        error += sum.error / sum.steps;
      }
    }
    int cells = layers.size() * session.shape().queryHeads();
    details.put("recall", recall / cells);
    details.put("mass", mass / cells);
    details.put("error", error / cells);
    return new Outcome(recall / cells, details);
  }
}
