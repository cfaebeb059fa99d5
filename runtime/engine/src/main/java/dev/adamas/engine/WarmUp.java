package dev.adamas.engine;

import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Lets new kernels attend before a sequence depends on them. The queries are the last token's keys:
 * of the right size, and with neighbours in the cache.
 */
final class WarmUp {

  private final SwapOptions options;
  private final Runnable check;
  private final Set<BoundKernel> warm = new HashSet<>();

  /**
   * @param check throws where the swap has to end
   */
  WarmUp(SwapOptions options, Runnable check) {
    this.options = options;
    this.check = check;
  }

  void run(List<SwapTarget> targets, Swap swap) {
    if (options.warmUps() == 0 || targets.stream().noneMatch(SwapTarget::paged)) {
      return;
    }
    swap.enter(SwapState.WARM);
    for (SwapTarget target : targets) {
      target.snapshot().ifPresent(snapshot -> run(target, snapshot));
    }
  }

  private void run(SwapTarget target, CacheSnapshot snapshot) {
    for (int layer = 0; layer < target.session().shape().layers(); layer++) {
      KvView view = snapshot.view(layer);
      LayerIndex index = target.candidate().decode(layer);
      if (view.length() == 0 || !target.needsIndex(layer) || !warm.add(index.kernel())) {
        continue;
      }
      MemorySegment query = query(view);
      long start = System.nanoTime();
      for (int i = 0; i < options.warmUps(); i++) {
        SingleSlot.attend(index, view, query, new SelectionRecorder(0));
        checkTime(index, System.nanoTime() - start, options);
        check.run();
      }
    }
  }

  /** Throws where a kernel is too slow. */
  static void checkTime(LayerIndex index, long nanos, SwapOptions options) {
    if (nanos > options.warmUpTimeout().toNanos()) {
      throw new SwapException(
          "%s on %s is too slow: warming up took %d ms, %d ms are allowed."
              .formatted(
                  index.kernel().plan(),
                  index.kernel().backend().name(),
                  nanos / 1_000_000,
                  options.warmUpTimeout().toMillis()));
    }
  }

  private static MemorySegment query(KvView view) {
    ModelShape shape = view.shape();
    float[] query = new float[shape.queryHeads() * shape.headDim()];
    float[] row = new float[shape.headDim()];
    short[] halves = new short[shape.headDim()];
    for (int head = 0; head < shape.queryHeads(); head++) {
      ExactLogits.read(view, head / shape.groupSize(), view.length() - 1, row, halves);
      System.arraycopy(row, 0, query, head * row.length, row.length);
    }
    return MemorySegment.ofArray(query);
  }
}
