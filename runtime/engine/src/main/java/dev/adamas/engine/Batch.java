package dev.adamas.engine;

import dev.adamas.api.Kernel;
import dev.adamas.api.KvView;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.StepProbe;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

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
  private int size;
  private Session[] sessions = new Session[0];
  private MemorySegment[] queries = new MemorySegment[0];
  private MemorySegment[] outputs = new MemorySegment[0];
  private int[] rows = new int[0];
  private boolean[] done = new boolean[0];

  Batch(Engine engine) {
    this.engine = engine;
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
      done[i] = false;
    }
    for (int i = 0; i < size; i++) {
      if (!done[i]) {
        attendWith(sessions[i].index(layer).kernel(), i, layer, probe);
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
    AttentionStepEvent event = null;
    if (AttentionStepEvent.recorded()) {
      event = new AttentionStepEvent();
      event.begin();
    }
    long start;
    long indexed;
    long end;
    synchronized (kernel) {
      start = System.nanoTime();
      for (int k = 0; k < group.count; k++) {
        Session session = sessions[group.slots[k]];
        session.attending(layer, rows[group.slots[k]]);
        KvView view = session.view(layer);
        group.caches[k] = view;
        group.indexes[k] = session.index(layer).upToDate(view);
      }
      indexed = System.nanoTime();
      kernel.kernel().attend(group, group);
      end = System.nanoTime();
    }
    for (int k = 0; k < group.count; k++) {
      sessions[group.slots[k]].time((end - indexed) / group.count, (indexed - start) / group.count);
    }
    if (event != null) {
      event.layer = layer;
      event.backend = kernel.backend().name();
      event.slots = group.count;
      event.visibleTokens = group.visibleTokens;
      event.kvBytes = group.kvBytes;
      event.indexBytes = group.indexBytes;
      event.indexNanos = indexed - start;
      event.commit();
    }
  }

  /** The sessions that go to one kernel together, and the ear for what it reports. */
  private final class Group implements Kernel.Batch, StepProbe {

    private int count;
    private int[] slots = new int[0];
    private KvView[] caches = new KvView[0];
    private SelectionIndex[] indexes = new SelectionIndex[0];
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
      visibleTokens = 0;
      kvBytes = 0;
      indexBytes = 0;
    }

    @Override
    public int size() {
      return count;
    }

    @Override
    public KvView cache(int slot) {
      return caches[slot];
    }

    @Override
    public SelectionIndex index(int slot) {
      return indexes[slot];
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
      outer.selected(slots[slot], row, queryHead, positions, tokens);
    }

    @Override
    public void read(int slot, long visible, long kv, long index) {
      visibleTokens += visible;
      kvBytes += kv;
      indexBytes += index;
      sessions[slots[slot]].read(visible, kv, index);
      outer.read(slots[slot], visible, kv, index);
    }
  }
}
