package dev.adamas.engine;

import dev.adamas.api.Kernel;
import dev.adamas.api.KvView;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.StepProbe;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A call of a kernel: the slots that go to it together, and the ear for what it reports. One object
 * serves every call of a batch, so that a step allocates nothing.
 */
final class KernelCall implements Kernel.Batch, StepProbe {

  private final StepRows step;
  private final StepWatch watch;
  private int count;
  private int[] slots = new int[0];
  private @Nullable KvView[] caches = new KvView[0];
  private @Nullable SelectionIndex[] indexes = new SelectionIndex[0];

  /** The index to use instead of the session's own. */
  private @Nullable LayerIndex standby;

  /**
   * What the caller's probe threw last, which is no failure of the kernel. Several workers may have
   * thrown, and the kernel passes on any of those.
   */
  private volatile @Nullable Throwable probeFailure;

  private StepProbe outer = StepProbe.NONE;
  private long visibleTokens;
  private long kvBytes;
  private long indexBytes;

  /**
   * @param step where the slots are
   * @param watch hears when the kernel has the thread
   */
  KernelCall(StepRows step, StepWatch watch) {
    this.step = step;
    this.watch = watch;
  }

  /** Begins a call without slots. */
  void begin(StepProbe probe) {
    int capacity = step.capacity();
    if (slots.length < capacity) {
      slots = Arrays.copyOf(slots, capacity);
      caches = Arrays.copyOf(caches, capacity);
      indexes = Arrays.copyOf(indexes, capacity);
    }
    count = 0;
    outer = probe;
    standby = null;
    probeFailure = null;
    visibleTokens = 0;
    kvBytes = 0;
    indexBytes = 0;
  }

  /** Adds a slot of the step. */
  void add(int slot) {
    slots[count++] = slot;
  }

  /** The step's slot that is the call's slot {@code k}. */
  int slot(int k) {
    return slots[k];
  }

  /** Whether the caller's probe threw since {@link #begin}. */
  boolean probeThrew() {
    return probeFailure != null;
  }

  /**
   * The same as {@link #run(BoundKernel, int)} with another index than that of the only session.
   */
  void run(LayerIndex other, int layer) {
    standby = other;
    run(other.kernel(), layer);
  }

  /**
   * Brings the indexes up to date and attends.
   *
   * @return how long the indexes took, in nanoseconds
   */
  long run(BoundKernel kernel, int layer) {
    long start;
    long indexed;
    long end;
    kernel.wanted();
    synchronized (kernel) {
      start = System.nanoTime();
      watch.begin(step.session(slots[0]), kernel, layer, start);
      try {
        for (int k = 0; k < count; k++) {
          Session session = step.session(slots[k]);
          KvView view = session.view(layer);
          LayerIndex index = standby == null ? session.index(layer) : standby;
          caches[k] = view;
          indexes[k] = index.upToDate(view);
        }
        indexed = System.nanoTime();
        kernel.kernel().attend(this, this);
        end = System.nanoTime();
      } finally {
        watch.end();
      }
    }
    for (int k = 0; k < count; k++) {
      step.session(slots[k]).time((end - indexed) / count, (indexed - start) / count);
    }
    return indexed - start;
  }

  /** Keeps nothing of a plugin, which may be removed between two steps. */
  void forget() {
    for (int k = 0; k < count; k++) {
      caches[k] = null;
      indexes[k] = null;
    }
    outer = StepProbe.NONE;
    standby = null;
  }

  /** What was read since {@link #begin}. */
  void describe(AttentionStepEvent event) {
    event.slots = count;
    event.visibleTokens = visibleTokens;
    event.kvBytes = kvBytes;
    event.indexBytes = indexBytes;
  }

  @Override
  public int size() {
    return count;
  }

  @Override
  public KvView cache(int slot) {
    return Objects.requireNonNull(caches[slot]);
  }

  @Override
  public SelectionIndex index(int slot) {
    return Objects.requireNonNull(indexes[slot]);
  }

  @Override
  public int rows(int slot) {
    return step.rows(slots[slot]);
  }

  @Override
  public MemorySegment query(int slot) {
    return step.query(slots[slot]);
  }

  @Override
  public MemorySegment output(int slot) {
    return step.output(slots[slot]);
  }

  @Override
  public boolean wantsSelection() {
    return outer.wantsSelection();
  }

  @Override
  public void selected(int slot, int row, int queryHead, MemorySegment positions, int tokens) {
    try {
      outer.selected(slots[slot], row, queryHead, positions, tokens);
    } catch (Throwable e) {
      probeFailure = e;
      throw e;
    }
  }

  @Override
  public void read(int slot, long visible, long kv, long index) {
    visibleTokens += visible;
    kvBytes += kv;
    indexBytes += index;
    step.session(slots[slot]).read(visible, kv, index);
    try {
      outer.read(slots[slot], visible, kv, index);
    } catch (Throwable e) {
      probeFailure = e;
      throw e;
    }
  }
}
