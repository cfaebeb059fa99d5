package dev.adamas.backend.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.Settings;
import dev.adamas.api.Stage;
import dev.adamas.api.StageFactory;
import dev.adamas.api.StepProbe;
import dev.adamas.api.Support;
import dev.adamas.backend.scalar.ScalarProvider;
import dev.adamas.baseline.BaselineProvider;
import dev.adamas.policy.AdamasProvider;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.assertj.core.data.Offset;

/**
 * A sparse plan compiled by this backend and by the scalar one, which is the oracle, each with an
 * index of one cache.
 */
final class SparsePair {

  private static final List<Provider> PROVIDERS =
      List.of(new AdamasProvider(), new BaselineProvider());

  private final Kernel fused;
  private final Kernel scalar;
  private final SelectionIndex fusedIndex;
  private final SelectionIndex scalarIndex;
  private final TestCache cache;
  private final ModelShape shape;

  SparsePair(LayerPlan plan, TestCache cache, int threads) {
    this.cache = cache;
    shape = cache.shape();
    fused = compile(new VectorBackend(), plan, shape, threads);
    scalar = compile(scalarBackend(), plan, shape, 1);
    fusedIndex = fused.open(Arena.ofAuto());
    scalarIndex = scalar.open(Arena.ofAuto());
  }

  private static ComputeBackend scalarBackend() {
    return new ScalarProvider()
        .backends()
        .getFirst()
        .create()
        .apply(Settings.of("scalar", List.of(), Map.of(), lookup()));
  }

  private static Kernel compile(
      ComputeBackend backend, LayerPlan plan, ModelShape shape, int threads) {
    Support support = backend.probe(plan, shape);
    assertThat(support).isInstanceOf(Support.Accepted.class);
    return backend.compile((Support.Accepted) support, new TestWorkers(threads));
  }

  /** The plan of layer 0 of a policy such as {@code adamas(budget=64,distance=l2)}. */
  static LayerPlan plan(ModelShape shape, String policy, Map<String, String> options) {
    PolicyFactory factory =
        PROVIDERS.stream()
            .flatMap(p -> p.policies().stream())
            .filter(p -> p.id().equals(policy))
            .findFirst()
            .orElseThrow();
    Map<String, String> all = new HashMap<>(options);
    if (factory.parameters().stream().anyMatch(p -> p.name().equals("dense-layers"))) {
      all.putIfAbsent("dense-layers", "0");
    }
    return factory
        .create()
        .apply(Settings.of(policy, factory.parameters(), all, lookup()))
        .plan(0, shape);
  }

  /** Stages by references such as {@code bucket(bits=3)}. */
  static Settings.StageLookup lookup() {
    return (kind, reference) -> {
      String id = reference.replaceAll("[@(].*", "");
      Map<String, String> options = new TreeMap<>();
      int open = reference.indexOf('(');
      if (open >= 0) {
        String inside = reference.substring(open + 1, reference.length() - 1);
        Pattern.compile("([^=,]+)=([^,]+)")
            .matcher(inside)
            .results()
            .forEach(option -> options.put(option.group(1), option.group(2)));
      }
      StageFactory factory =
          PROVIDERS.stream()
              .flatMap(p -> p.stages().stream())
              .filter(s -> s.id().equals(id) && s.kind() == kind)
              .findFirst()
              .orElseThrow(() -> new IllegalArgumentException("No stage " + reference));
      return (Stage)
          factory.create().apply(Settings.of(id, factory.parameters(), options, lookup()));
    };
  }

  Kernel fused() {
    return fused;
  }

  SelectionIndex fusedIndex() {
    return fusedIndex;
  }

  /** Brings both indexes up to the cache. */
  SparsePair follow() {
    if (fusedIndex.length() > cache.length() || fusedIndex.generation() != cache.generation()) {
      fused.truncate(cache, fusedIndex, cache.length());
      scalar.truncate(cache, scalarIndex, cache.length());
    }
    fused.append(cache, fusedIndex, fusedIndex.length(), cache.length());
    scalar.append(cache, scalarIndex, scalarIndex.length(), cache.length());
    return this;
  }

  /** Attends with random queries on both; selections must be equal, outputs close. */
  void check(int rows, Random random, String what) {
    float[] query = new float[rows * shape.queryHeads() * shape.headDim()];
    for (int i = 0; i < query.length; i++) {
      query[i] = (float) random.nextGaussian();
    }
    check(rows, query, what);
  }

  void check(int rows, float[] query, String what) {
    Watch expected = new Watch();
    Watch actual = new Watch();
    float[] want = new float[query.length];
    float[] got = new float[query.length];
    scalar.attend(
        TestSlot.batch(List.of(new TestSlot(cache, scalarIndex, rows, query, want))), expected);
    fused.attend(
        TestSlot.batch(List.of(new TestSlot(cache, fusedIndex, rows, query, got))), actual);
    assertThat(actual.selected).as("%s: selection", what).isEqualTo(expected.selected);
    assertThat(actual.visibleTokens)
        .as("%s: visible tokens", what)
        .isEqualTo(expected.visibleTokens);
    for (int i = 0; i < want.length; i++) {
      if (Float.isFinite(want[i])) {
        assertThat(got[i])
            .as("%s: output %d", what, i)
            .isCloseTo(want[i], Offset.offset(tolerance(want)));
      }
    }
  }

  /** What the fused step of one row reads. */
  Watch watch(Random random) {
    Watch watch = new Watch();
    float[] query = new float[shape.queryHeads() * shape.headDim()];
    for (int i = 0; i < query.length; i++) {
      query[i] = (float) random.nextGaussian();
    }
    TestSlot slot = new TestSlot(cache, fusedIndex, 1, query, new float[query.length]);
    fused.attend(TestSlot.batch(List.of(slot)), watch);
    return watch;
  }

  /** Logits in float32 are off by some rounding of their size, weights by as much. */
  private float tolerance(float[] want) {
    float largest = 1e-3f;
    for (float w : want) {
      largest = Float.isFinite(w) ? Math.max(largest, Math.abs(w)) : largest;
    }
    return largest * 2e-5f * (float) Math.sqrt(Math.log(cache.length() + 2));
  }

  /** What a step selected, by row and query head. */
  static final class Watch implements StepProbe {
    final Map<List<Integer>, List<Integer>> selected = Collections.synchronizedMap(new HashMap<>());
    long visibleTokens;
    long kvBytes;
    long indexBytes;

    @Override
    public boolean wantsSelection() {
      return true;
    }

    @Override
    public void selected(int slot, int row, int queryHead, MemorySegment positions, int count) {
      List<Integer> tokens = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        tokens.add(positions.getAtIndex(ValueLayout.JAVA_INT, i));
      }
      selected.put(List.of(slot, row, queryHead), tokens);
    }

    @Override
    public void read(int slot, long visibleTokens, long kvBytes, long indexBytes) {
      this.visibleTokens = visibleTokens;
      this.kvBytes = kvBytes;
      this.indexBytes = indexBytes;
    }
  }
}
