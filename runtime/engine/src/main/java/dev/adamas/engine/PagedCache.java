package dev.adamas.engine;

import dev.adamas.api.KvView;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The KV cache of one sequence: a list of page groups, shared with its forks until someone writes.
 *
 * <p>Layers are filled one after another within a step, so each has a length of its own. Not
 * thread-safe.
 */
final class PagedCache {

  /** Calibration waits for the end of the prompt: until then every length is below it. */
  static final int UNCALIBRATED = Integer.MAX_VALUE;

  private final PagePool pool;
  private final CacheLayout layout;
  private final RowWriter writer;
  private final Layer[] layers;
  private final List<PageGroup> groups = new ArrayList<>();
  private int reservedGroups;
  private long generation;
  private int calibrationLength = UNCALIBRATED;

  /** The shortest length since the last snapshot. */
  private int lowest = Integer.MAX_VALUE;

  PagedCache(PagePool pool, CacheLayout layout) {
    this.pool = pool;
    this.layout = layout;
    writer = new RowWriter(layout);
    layers = new Layer[layout.shape().layers()];
    for (int i = 0; i < layers.length; i++) {
      layers[i] = new Layer(i);
    }
  }

  KvView view(int layer) {
    return layers[layer];
  }

  /** Tokens that every layer holds. */
  int length() {
    int length = Integer.MAX_VALUE;
    for (Layer layer : layers) {
      length = Math.min(length, layer.length);
    }
    return length;
  }

  /** Bytes of its pages, whoever shares them. */
  long bytes() {
    return groups.size() * layout.groupBytes();
  }

  int calibrationLength() {
    return calibrationLength;
  }

  void calibrateAt(int length) {
    calibrationLength = length;
  }

  /** Sets memory aside, so that no append up to {@code tokens} tokens can fail for lack of it. */
  void reserve(int tokens) {
    int wanted = layout.groups(tokens) - groups.size();
    // The open page is copied by the first append after a fork.
    if (!groups.isEmpty() && groups.getLast().shared()) {
      wanted++;
    }
    int more = wanted - reservedGroups;
    if (more > 0) {
      pool.reserve(layout, more, tokens);
      reservedGroups += more;
    }
  }

  void append(int layer, MemorySegment keys, MemorySegment values, int tokens) {
    Layer view = layers[layer];
    int from = view.length;
    int to = Math.addExact(from, tokens);
    makeWritable(from, to);
    long sourceRow = 4L * layout.shape().kvHeads() * layout.shape().headDim();
    for (int at = from; at < to; ) {
      int row = at % layout.pageTokens();
      int count = Math.min(layout.pageTokens() - row, to - at);
      MemorySegment memory = groups.get(at / layout.pageTokens()).memory();
      long offset = (at - from) * sourceRow;
      writer.write(keys, offset, count, memory, layout.keyOffset(layer), row);
      writer.write(values, offset, count, memory, layout.valueOffset(layer), row);
      at += count;
    }
    view.length = to;
  }

  /** Gives this sequence pages of its own for tokens {@code [from, to)}. */
  private void makeWritable(int from, int to) {
    for (int i = from / layout.pageTokens(); i < layout.groups(to); i++) {
      if (i == groups.size()) {
        groups.add(allocate(to));
      } else if (groups.get(i).shared()) {
        PageGroup copy = allocate(to);
        copyRows(groups.get(i), copy, i * layout.pageTokens());
        groups.set(i, copy).release();
      }
    }
  }

  private PageGroup allocate(int tokens) {
    if (reservedGroups == 0) {
      pool.reserve(layout, 1, tokens);
      reservedGroups++;
    }
    PageGroup group = pool.allocateReserved(layout);
    reservedGroups--;
    return group;
  }

  private void copyRows(PageGroup source, PageGroup target, int firstToken) {
    for (Layer layer : layers) {
      int rows = Math.clamp(layer.length - firstToken, 0, layout.pageTokens());
      if (rows == 0) {
        continue;
      }
      // Keys and values of all heads: 2 · kvHeads runs of head bytes.
      for (int run = 0; run < 2 * layout.shape().kvHeads(); run++) {
        long offset = layout.keyOffset(layer.index) + run * layout.headBytes();
        MemorySegment.copy(
            source.memory(), offset, target.memory(), offset, rows * layout.rowBytes());
      }
    }
  }

  void truncate(int length) {
    for (Layer layer : layers) {
      layer.length = Math.min(layer.length, length);
    }
    generation++;
    lowest = Math.min(lowest, length);
    int keep = layout.groups(length);
    while (groups.size() > keep) {
      groups.removeLast().release();
    }
  }

  /** A copy that shares every page. */
  PagedCache fork() {
    PagedCache fork = new PagedCache(pool, layout);
    groups.forEach(group -> fork.groups.add(group.share()));
    fork.generation = generation;
    fork.calibrationLength = calibrationLength;
    for (int i = 0; i < layers.length; i++) {
      fork.layers[i].length = layers[i].length;
    }
    return fork;
  }

  void close() {
    truncate(0);
    pool.unreserve(layout, reservedGroups);
    reservedGroups = 0;
  }

  /**
   * The tokens of now, readable while the sequence goes on. Rows that are appended later lie beyond
   * it; a truncation is reported to the next snapshot.
   */
  CacheSnapshot snapshot() {
    int[] lengths = new int[layers.length];
    for (int i = 0; i < layers.length; i++) {
      lengths[i] = layers[i].length;
    }
    int truncatedTo = lowest;
    lowest = Integer.MAX_VALUE;
    return new CacheSnapshot(layout, groups, lengths, generation, calibrationLength, truncatedTo);
  }

  /** What kernels see of one layer. */
  private final class Layer extends PagedView {

    private final int index;
    private int length;

    Layer(int index) {
      super(layout);
      this.index = index;
    }

    @Override
    public int length() {
      return length;
    }

    @Override
    public long generation() {
      return generation;
    }

    @Override
    public int calibrationLength() {
      return calibrationLength;
    }

    @Override
    public Page page(int page) {
      return groups.get(page).page(index);
    }
  }
}
