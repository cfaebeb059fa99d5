package dev.adamas.engine;

import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.SelectionIndex;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * The index of one layer of one sequence, brought up to date when it is needed.
 *
 * <p>It is a cache of the keys: whenever it might disagree with them it is dropped and built again.
 */
final class LayerIndex {

  private final BoundKernel kernel;
  private @Nullable Arena arena;
  private @Nullable SelectionIndex index;

  /** The calibration that the codes were made with. */
  private int calibrationLength;

  LayerIndex(BoundKernel kernel) {
    this.kernel = kernel;
  }

  BoundKernel kernel() {
    return kernel;
  }

  long bytes() {
    return index == null ? 0 : index.bytes();
  }

  /** An index that covers every token of the view. The caller holds the kernel's monitor. */
  SelectionIndex upToDate(KvView view) {
    return extend(view, Integer.MAX_VALUE);
  }

  /**
   * Brings at most {@code most} more tokens in. For indexes that nobody attends with yet, so that
   * whoever shares the kernel waits for one such piece at most.
   *
   * @return tokens of the view that are still missing
   */
  int advance(KvView view, int most) {
    kernel.yieldToSteps();
    synchronized (kernel) {
      return view.length() - extend(view, most).length();
    }
  }

  /** Brings at most {@code most} more tokens in; begins anew where the index is out of date. */
  private SelectionIndex extend(KvView view, int most) {
    SelectionIndex current = index;
    if (current != null && outOfDate(current, view)) {
      drop();
      current = null;
    }
    if (current == null) {
      current = open(view);
    }
    int from = current.length();
    int to = (int) Math.min(view.length(), (long) from + most);
    if (from < to) {
      try {
        kernel.kernel().append(view, current, from, to);
      } catch (Throwable e) {
        drop();
        throw e;
      }
    }
    return current;
  }

  private boolean outOfDate(SelectionIndex current, KvView view) {
    return current.generation() != view.generation()
        || calibrationLength != view.calibrationLength()
        || current.length() > view.length();
  }

  /**
   * Takes over what became of the sequence since the index was brought up to date: tokens from
   * {@code truncatedTo} on may be others now.
   */
  void follow(CacheSnapshot snapshot, int layer) {
    SelectionIndex current = index;
    if (current == null) {
      return;
    }
    KvView view = snapshot.view(layer);
    if (calibrationLength != view.calibrationLength()) {
      drop();
    } else if (current.generation() != view.generation()) {
      KvView kept = snapshot.view(layer, snapshot.truncatedTo());
      truncate(kept, kept.length());
    }
  }

  /** Tokens of a view that the index does not cover; all of them where it has to be built again. */
  int missing(KvView view) {
    SelectionIndex current = index;
    return current == null || outOfDate(current, view)
        ? view.length()
        : view.length() - current.length();
  }

  @SuppressWarnings("MustBeClosedChecker") // closed by drop
  private SelectionIndex open(KvView view) {
    Arena fresh = Arena.ofShared();
    try {
      SelectionIndex opened = kernel.kernel().open(fresh);
      if (opened.generation() != view.generation()) {
        // The cache was truncated before the index was opened: it takes over the generation.
        kernel.kernel().truncate(view, opened, view.length());
      }
      arena = fresh;
      kernel.census().incrementAndGet();
      index = opened;
      calibrationLength = view.calibrationLength();
      return opened;
    } catch (Throwable e) {
      fresh.close();
      throw e;
    }
  }

  /**
   * Follows a truncation of the view to {@code length}. Below the calibration length the codes'
   * mean and spread are those of tokens that are gone, and after a host has appended again nobody
   * knows which codes still hold: then the index goes too.
   */
  void truncate(KvView view, int length) {
    SelectionIndex current = index;
    if (current == null) {
      return;
    }
    if (view.length() != length || (length < calibrationLength && calibrates())) {
      drop();
      return;
    }
    synchronized (kernel) {
      try {
        kernel.kernel().truncate(view, current, length);
      } catch (Throwable e) {
        drop();
        throw e;
      }
    }
  }

  private boolean calibrates() {
    return kernel.plan() instanceof LayerPlan.Sparse sparse && sparse.needsCalibration();
  }

  void drop() {
    index = null;
    if (arena != null) {
      arena.close();
      arena = null;
      kernel.census().decrementAndGet();
    }
  }

  /** Whether its memory is there. */
  boolean holdsMemory() {
    return arena != null;
  }
}
