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
 * Query rows of several sessions that attend at the same layer in one call.
 *
 * <p>Fill it once per step ({@link #clear}, {@link #add}), then call {@link #attend} for every
 * layer; queries and outputs may be the same segments at every layer. Sessions that run the same
 * kernel go to it together. Belongs to one thread; allocates nothing once it has reached its size.
 */
public final class Batch {

  private final Engine engine;
  private final Group group = new Group();

  /** One for all steps, so that a step that is recorded allocates no more than another. */
  private final AttentionStepEvent event = new AttentionStepEvent();

  private final StepWatch watch = new StepWatch();
  private @Nullable Group single;
  private int size;
  private Session[] sessions = new Session[0];
  private MemorySegment[] queries = new MemorySegment[0];
  private MemorySegment[] outputs = new MemorySegment[0];
  private int[] rows = new int[0];
  private boolean[] done = new boolean[0];

  Batch(Engine engine) {
    this.engine = engine;
    engine.watchdog().watch(watch);
  }

  /** Empties the batch. */
  public void clear() {
    size = 0;
  }

  /** Sessions in the batch. */
  public int size() {
    return size;
  }

  /**
   * Adds a session's query rows.
   *
   * @param session one of this batch's engine, not yet in the batch
   * @param rows at least 1
   * @param query float32 {@code [rows][queryHeads][headDim]}, after RoPE
   * @param output float32 {@code [rows][queryHeads][headDim]}, written by {@link #attend}
   */
  public void add(Session session, int rows, MemorySegment query, MemorySegment output) {
    if (session.engine() != engine) {
      throw new IllegalArgumentException(
          "The session belongs to another engine; use a batch of that engine.");
    }
    for (int i = 0; i < size; i++) {
      if (sessions[i] == session) {
        throw new IllegalArgumentException(
            "The session is in the batch already; add all its rows at once.");
      }
    }
    put(session, rows, query, output);
  }

  private void put(Session session, int rowCount, MemorySegment query, MemorySegment output) {
    if (rowCount < 1) {
      throw new IllegalArgumentException(
          "A session attends with at least 1 row, not " + rowCount + ".");
    }
    int heads = session.shape().queryHeads();
    long bytes = 4L * rowCount * heads * session.shape().headDim();
    session.checkBytes("queries", query, bytes, rowCount, heads);
    session.checkBytes("outputs", output, bytes, rowCount, heads);
    if (size == rows.length) {
      grow();
    }
    sessions[size] = session;
    rows[size] = rowCount;
    queries[size] = query;
    outputs[size] = output;
    size++;
  }

  private void grow() {
    int capacity = Math.max(1, 2 * size);
    sessions = Arrays.copyOf(sessions, capacity);
    queries = Arrays.copyOf(queries, capacity);
    outputs = Arrays.copyOf(outputs, capacity);
    rows = Arrays.copyOf(rows, capacity);
    done = Arrays.copyOf(done, capacity);
    group.grow(capacity);
  }

  /** A batch of one, for {@link Session#attend}. */
  void single(
      Session session,
      int layer,
      int rowCount,
      MemorySegment query,
      MemorySegment output,
      StepProbe probe) {
    session.enter();
    try {
      size = 0;
      put(session, rowCount, query, output);
      attendEntered(layer, probe);
    } finally {
      session.exit();
    }
  }

  /** Computes attention of every session's rows at a layer. */
  public void attend(int layer) {
    attend(layer, StepProbe.NONE);
  }

  /**
   * The same, watched.
   *
   * @param probe its slots are the sessions in the order in which they were added
   */
  public void attend(int layer, StepProbe probe) {
    int entered = 0;
    try {
      for (; entered < size; entered++) {
        sessions[entered].enter();
      }
      attendEntered(layer, probe);
    } finally {
      for (int i = 0; i < entered; i++) {
        sessions[i].exit();
      }
    }
  }

  private void attendEntered(int layer, StepProbe probe) {
    for (int i = 0; i < size; i++) {
      check(sessions[i], layer, rows[i]);
    }
    for (int i = 0; i < size; i++) {
      done[i] = false;
      sessions[i].attending(layer, rows[i]);
    }
    for (int i = 0; i < size; i++) {
      if (!done[i]) {
        attendWith(sessions[i].index(layer).kernel(), i, layer, probe);
      }
    }
    for (int i = 0; i < size; i++) {
      Rider rider = sessions[i].running().rider();
      if (rider != null) {
        rider.attended(sessions[i], layer, rows[i], queries[i]);
      }
    }
  }

  private static void check(Session session, int layer, int rowCount) {
    session.checkLayer(layer);
    int length = session.view(layer).length();
    if (rowCount > length) {
      throw new IllegalArgumentException(
          "%d query rows attend at layer %d, but its cache holds %d tokens; append the rows' keys and values first."
              .formatted(rowCount, layer, length));
    }
  }

  private void attendWith(BoundKernel kernel, int first, int layer, StepProbe probe) {
    group.begin(probe);
    for (int i = first; i < size; i++) {
      if (!done[i] && sessions[i].index(layer).kernel() == kernel) {
        group.slots[group.count++] = i;
        done[i] = true;
      }
    }
    boolean recorded = AttentionStepEvent.recorded();
    if (recorded) {
      event.begin();
    }
    long indexNanos = 0;
    try {
      indexNanos = run(group, kernel, layer);
    } catch (Throwable e) {
      contain(kernel, layer, probe, e);
    } finally {
      group.forget();
    }
    if (recorded) {
      event.end();
      event.layer = layer;
      event.backend = kernel.backendName();
      event.slots = group.count;
      event.visibleTokens = group.visibleTokens;
      event.kvBytes = group.kvBytes;
      event.indexBytes = group.indexBytes;
      event.indexNanos = indexNanos;
      event.commit();
    }
  }

  /**
   * One call of a kernel.
   *
   * @return how long it took to bring the indexes up to date, in nanoseconds
   */
  private long run(Group slots, BoundKernel kernel, int layer) {
    long start;
    long indexed;
    long end;
    kernel.wanted();
    synchronized (kernel) {
      start = System.nanoTime();
      watch.begin(sessions[slots.slots[0]], kernel, layer, start);
      try {
        for (int k = 0; k < slots.count; k++) {
          Session session = sessions[slots.slots[k]];
          KvView view = session.view(layer);
          LayerIndex index = slots.standby == null ? session.index(layer) : slots.standby;
          slots.caches[k] = view;
          slots.indexes[k] = index.upToDate(view);
        }
        indexed = System.nanoTime();
        kernel.kernel().attend(slots, slots);
        end = System.nanoTime();
      } finally {
        watch.end();
      }
    }
    for (int k = 0; k < slots.count; k++) {
      sessions[slots.slots[k]].time((end - indexed) / slots.count, (indexed - start) / slots.count);
    }
    return indexed - start;
  }

  /**
   * Lets dense attention take the place of a layer that threw, for this token. Where several
   * sequences went to the kernel together, each is asked for alone first: the others must not pay
   * for the one that failed.
   */
  private void contain(BoundKernel kernel, int layer, StepProbe probe, Throwable failure) {
    if (!Containment.applies(failure) || group.probeFailure != null) {
      throw Containment.<RuntimeException>sneaky(failure);
    }
    Group alone = single();
    for (int k = 0; k < group.count; k++) {
      int slot = group.slots[k];
      Throwable own = failure;
      if (group.count > 1) {
        try {
          alone.begin(probe);
          alone.only(slot);
          run(alone, kernel, layer);
          continue;
        } catch (Throwable e) {
          if (!Containment.applies(e) || alone.probeFailure != null) {
            throw e;
          }
          own = e;
        } finally {
          alone.forget();
        }
      }
      degrade(alone, slot, kernel, layer, probe, own);
    }
  }

  @SuppressWarnings("ReferenceEquality") // the very failure, not one like it
  private void degrade(
      Group alone, int slot, BoundKernel kernel, int layer, StepProbe probe, Throwable failure) {
    Running running = sessions[slot].running();
    try {
      LayerIndex standby = running.standby(kernel.backend()).index(layer);
      if (standby.kernel() == kernel) {
        throw Containment.<RuntimeException>sneaky(failure);
      }
      alone.begin(probe);
      alone.only(slot);
      alone.standby = standby;
      run(alone, standby.kernel(), layer);
    } catch (Throwable e) {
      // Dense attention fails as well: the caller's segments are to blame, or nothing is left.
      if (e != failure) {
        failure.addSuppressed(e);
      }
      throw Containment.<RuntimeException>sneaky(failure);
    } finally {
      alone.forget();
    }
    running.degraded(layer, kernel.backend(), failure);
  }

  private Group single() {
    Group known = single;
    if (known == null) {
      known = new Group();
      known.grow(1);
      single = known;
    }
    return known;
  }

  /** The sessions that go to one kernel together, and the ear for what it reports. */
  private final class Group implements Kernel.Batch, StepProbe {

    private int count;
    private int[] slots = new int[0];
    private @Nullable KvView[] caches = new KvView[0];
    private @Nullable SelectionIndex[] indexes = new SelectionIndex[0];

    /** The index to use instead of the session's own. */
    private @Nullable LayerIndex standby;

    /**
     * What the caller's probe threw last, which is no failure of the kernel. Several workers may
     * have thrown, and the kernel passes on any of those.
     */
    private volatile @Nullable Throwable probeFailure;

    private StepProbe outer = StepProbe.NONE;
    private long visibleTokens;
    private long kvBytes;
    private long indexBytes;

    void grow(int capacity) {
      slots = Arrays.copyOf(slots, capacity);
      caches = Arrays.copyOf(caches, capacity);
      indexes = Arrays.copyOf(indexes, capacity);
    }

    void begin(StepProbe probe) {
      count = 0;
      outer = probe;
      standby = null;
      probeFailure = null;
      visibleTokens = 0;
      kvBytes = 0;
      indexBytes = 0;
    }

    void only(int slot) {
      slots[0] = slot;
      count = 1;
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
      return rows[slots[slot]];
    }

    @Override
    public MemorySegment query(int slot) {
      return queries[slots[slot]];
    }

    @Override
    public MemorySegment output(int slot) {
      return outputs[slots[slot]];
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
      sessions[slots[slot]].read(visible, kv, index);
      try {
        outer.read(slots[slot], visible, kv, index);
      } catch (Throwable e) {
        probeFailure = e;
        throw e;
      }
    }
  }
}
