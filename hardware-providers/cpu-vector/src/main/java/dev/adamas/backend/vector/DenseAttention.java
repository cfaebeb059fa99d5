package dev.adamas.backend.vector;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Exact attention over every visible token, or over the first and the last ones of a window, for
 * any mix of slots. Usage: {@link #add} slots, then {@link #run}.
 *
 * <p>A slot with one query row is split by KV head and by ranges of tokens (flash-decoding): each
 * range gives a partial softmax, and the partial ones are merged in order. A slot with several rows
 * is split by KV head and by blocks of rows, each of which walks the keys in tiles (FlashAttention,
 * arXiv 2205.14135). Both splits follow from lengths alone, and tiles start at multiples of 64
 * positions, so neither the number of threads nor the way a prompt is cut into calls of several
 * rows changes a bit of the result.
 *
 * <p>Not thread-safe; nothing is allocated once arrays have grown to the batch.
 */
final class DenseAttention {

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int TILE = Scratch.TILE;
  private static final int STRIP = TileProducts.STRIP;

  /** Tokens in a range of a split, and the most ranges: enough work each, and enough of them. */
  private static final int RANGE = 512;

  private static final int MAX_RANGES = 32;

  private final ModelShape shape;
  private final Workers workers;
  private final ScratchPool scratch;
  private final int sinks;
  private final int recent;
  private final int dim;
  private final int group;
  private final float logitScale;
  private final int blockRows;

  private Slot[] slots = {};
  private int slotCount;

  /** Parts of the work: slot, KV head, and range or block of rows. */
  private int[] partSlot = {};

  private int[] partHead = {};
  private int[] partNumber = {};
  private int parts;

  private final Workers.Task attendPart = this::attendPart;
  private final Workers.Task mergeHead = this::mergeHead;

  /** Slots with one query row, for merging. */
  private int[] singles = {};

  private int singleCount;

  /**
   * Attention over the first {@code sinks} and the last {@code recent} visible tokens; {@code
   * Integer.MAX_VALUE} recent ones for all.
   */
  DenseAttention(ModelShape shape, Workers workers, ScratchPool scratch, int sinks, int recent) {
    this.shape = shape;
    this.workers = workers;
    this.scratch = scratch;
    this.sinks = sinks;
    this.recent = recent;
    dim = shape.headDim();
    group = shape.groupSize();
    logitScale = shape.softmaxScale() * Lanes.LOG2E;
    blockRows = Math.max(1, Scratch.TILE_ROWS / group);
  }

  /** One sequence of the batch. */
  private static final class Slot {
    KvView cache;
    MemorySegment query;
    MemorySegment output;
    NumberFormat format;
    int length;
    int rows;
    int visible;
    int gap;
    int rangeTokens;
    int ranges;

    /** Per query head and range: weighted values, largest score, sum of weights. */
    float[] partial = {};

    Slot(KvView cache, MemorySegment query, MemorySegment output, NumberFormat format) {
      this.cache = cache;
      this.query = query;
      this.output = output;
      this.format = format;
    }

    /** Lets the host's memory go; {@link #add} sets these again before they are read. */
    @SuppressWarnings("NullAway")
    void forget() {
      cache = null;
      query = null;
      output = null;
    }
  }

  /** Tokens that the query at {@code position} sees. */
  int visible(int position) {
    return (int) Math.min((long) position + 1, (long) sinks + recent);
  }

  /**
   * Adds a sequence.
   *
   * @param query float32 {@code [rows][queryHeads][headDim]}
   * @param output the same shape
   */
  void add(KvView cache, int rows, MemorySegment query, MemorySegment output) {
    if (slotCount == slots.length) {
      slots = Arrays.copyOf(slots, Math.max(4, 2 * slotCount));
      singles = Arrays.copyOf(singles, slots.length);
    }
    Slot slot = slots[slotCount];
    if (slot == null) {
      slot = new Slot(cache, query, output, NumberFormat.of(cache.type()));
      slots[slotCount] = slot;
    }
    if (slot.format.type() != cache.type()) {
      slot.format = NumberFormat.of(cache.type());
    }
    slot.cache = cache;
    slot.query = query;
    slot.output = output;
    slot.length = cache.length();
    slot.rows = rows;
    if (rows == 1) {
      addRanges(slot);
    } else {
      addBlocks(rows);
    }
    slotCount++;
  }

  private void addRanges(Slot slot) {
    slot.visible = visible(slot.length - 1);
    slot.gap = slot.length - slot.visible;
    slot.rangeTokens =
        Math.max(RANGE, Lanes.roundUp((slot.visible + MAX_RANGES - 1) / MAX_RANGES, TILE));
    slot.ranges = (slot.visible + slot.rangeTokens - 1) / slot.rangeTokens;
    int floats = shape.queryHeads() * slot.ranges * (dim + 2);
    if (slot.partial.length < floats) {
      slot.partial = new float[floats];
    }
    for (int head = 0; head < shape.kvHeads(); head++) {
      for (int range = 0; range < slot.ranges; range++) {
        addPart(head, range);
      }
    }
    singles[singleCount++] = slotCount;
  }

  private void addBlocks(int rows) {
    // The last rows see the most tokens; they go first, so that no thread ends with a long part.
    for (int block = (rows - 1) / blockRows; block >= 0; block--) {
      for (int head = 0; head < shape.kvHeads(); head++) {
        addPart(head, block);
      }
    }
  }

  private void addPart(int head, int number) {
    if (parts == partSlot.length) {
      int size = Math.max(64, 2 * parts);
      partSlot = Arrays.copyOf(partSlot, size);
      partHead = Arrays.copyOf(partHead, size);
      partNumber = Arrays.copyOf(partNumber, size);
    }
    partSlot[parts] = slotCount;
    partHead[parts] = head;
    partNumber[parts] = number;
    parts++;
  }

  /** Computes the outputs of all added slots and forgets the slots. */
  void run() {
    try {
      if (parts > 0) {
        workers.run(parts, attendPart);
      }
      int merges = singleCount * shape.queryHeads();
      if (merges > 0) {
        workers.run(merges, mergeHead);
      }
    } finally {
      for (int slot = 0; slot < slotCount; slot++) {
        slots[slot].forget();
      }
      slotCount = 0;
      parts = 0;
      singleCount = 0;
    }
  }

  private void attendPart(int part, int worker) {
    Slot slot = slots[partSlot[part]];
    if (slot.rows == 1) {
      attendRange(slot, partHead[part], partNumber[part], scratch.of(worker));
    } else {
      attendBlock(slot, partHead[part], partNumber[part], scratch.of(worker));
    }
  }

  // ---- one query row: a range of tokens ----

  private void attendRange(Slot slot, int head, int range, Scratch s) {
    s.forHeads(group, dim);
    Arrays.fill(s.largest, 0, group, Lanes.LOWEST);
    Arrays.fill(s.total, 0, group, 0);
    Arrays.fill(s.sums, 0, group * dim, 0);
    for (int g = 0; g < group; g++) {
      query(slot, (long) head * group + g, s.row);
      slot.format.permute(s.row, dim, logitScale, s.queries, g * dim);
    }
    int end = Math.min(slot.visible, (range + 1) * slot.rangeTokens);
    for (int from = range * slot.rangeTokens; from < end; from += TILE) {
      attendTokens(slot, head, from, Math.min(end, from + TILE), s);
    }
    for (int g = 0; g < group; g++) {
      int at = ((head * group + g) * slot.ranges + range) * (dim + 2);
      System.arraycopy(s.sums, g * dim, slot.partial, at, dim);
      slot.partial[at + dim] = s.largest[g];
      slot.partial[at + dim + 1] = s.total[g];
    }
  }

  /**
   * Visible tokens {@code [from, to)}, at most a tile of them, counted without the window's gap.
   */
  private void attendTokens(Slot slot, int head, int from, int to, Scratch s) {
    int count = to - from;
    int split = slot.gap == 0 ? to : Math.clamp(sinks, from, to);
    boolean direct = direct(slot);
    if (direct) {
      s.touched += HalfRows.touch(slot.cache, head, from, split);
      s.touched += HalfRows.touch(slot.cache, head, split + slot.gap, to + slot.gap);
      scoreDirectly(slot, head, from, split, to, s);
    } else {
      KvRows.keys(slot.cache, slot.format, head, from, split, s.keys, 0);
      KvRows.keys(
          slot.cache,
          slot.format,
          head,
          split + slot.gap,
          to + slot.gap,
          s.keys,
          (split - from) * dim);
      Scores.of(group, s.keys, dim, count, s.queries, 0, s.scores, 0, TILE, s.products);
    }
    for (int g = 0; g < group; g++) {
      Softmax.block(
          s.scores,
          g * TILE,
          count,
          slot.format.weightExponent(),
          g,
          s.largest,
          s.total,
          s.sums,
          g * dim,
          dim);
    }
    if (direct) {
      addDirectly(slot, head, from, split, to, s);
    } else {
      KvRows.values(slot.cache, slot.format, head, from, split, s.values, 0);
      KvRows.values(
          slot.cache,
          slot.format,
          head,
          split + slot.gap,
          to + slot.gap,
          s.values,
          (split - from) * dim);
      WeightedSum.add(group, s.values, dim, count, s.scores, 0, TILE, s.sums, 0);
    }
  }

  private boolean direct(Slot slot) {
    return group > 1 && slot.format.type() != KvType.F32 && HalfRows.covers(dim);
  }

  private void scoreDirectly(Slot slot, int head, int from, int split, int to, Scratch s) {
    for (int g = 0; g < group; g += 2) {
      int heads = Math.min(2, group - g);
      Arrays.fill(s.products, 0);
      HalfRows.score(
          heads, slot.cache, head, from, split, s.queries, g * dim, s.products, 0, slot.format);
      HalfRows.score(
          heads,
          slot.cache,
          head,
          split + slot.gap,
          to + slot.gap,
          s.queries,
          g * dim,
          s.products,
          split - from,
          slot.format);
      for (int i = 0; i < heads; i++) {
        Scores.lanes(s.products, i * Scores.PAIR, to - from, s.scores, (g + i) * TILE);
      }
    }
  }

  private void addDirectly(Slot slot, int head, int from, int split, int to, Scratch s) {
    for (int g = 0; g < group; g += 2) {
      int heads = Math.min(2, group - g);
      int w = g * TILE;
      HalfRows.add(
          heads, slot.cache, head, from, split, s.scores, w, TILE, s.sums, g * dim, slot.format);
      HalfRows.add(
          heads,
          slot.cache,
          head,
          split + slot.gap,
          to + slot.gap,
          s.scores,
          w + split - from,
          TILE,
          s.sums,
          g * dim,
          slot.format);
    }
  }

  private void mergeHead(int task, int worker) {
    Slot slot = slots[singles[task / shape.queryHeads()]];
    int head = task % shape.queryHeads();
    Scratch s = scratch.of(worker);
    s.forHeads(1, dim);
    float[] partial = slot.partial;
    int first = head * slot.ranges * (dim + 2);
    float largest = Lanes.LOWEST;
    for (int r = 0; r < slot.ranges; r++) {
      largest = Math.max(largest, partial[first + r * (dim + 2) + dim]);
    }
    float total = 0;
    Arrays.fill(s.sums, 0, dim, 0);
    for (int r = 0; r < slot.ranges; r++) {
      int at = first + r * (dim + 2);
      float factor = Lanes.exp2(partial[at + dim] - largest);
      total += partial[at + dim + 1] * factor;
      for (int j = 0; j < dim; j++) {
        s.sums[j] += partial[at + j] * factor;
      }
    }
    slot.format.restore(s.sums, 0, dim, slot.format.outputScale() / total, s.row);
    output(slot, head, s.row);
  }

  // ---- several query rows: a block of rows over tiles of keys ----

  private void attendBlock(Slot slot, int head, int block, Scratch s) {
    int firstRow = block * blockRows;
    int rows = Math.min(blockRows, slot.rows - firstRow);
    int lanes = rows * group;
    int firstPosition = slot.length - slot.rows + firstRow;
    int lastPosition = firstPosition + rows - 1;
    s.forStrips(lanes, dim);
    packQueries(slot, head, firstRow, lanes, s);
    for (int from = 0; from <= lastPosition; from += TILE) {
      int count = Math.min(TILE, lastPosition + 1 - from);
      if (from < sinks || from + count - 1 > (long) firstPosition - recent) {
        KvRows.keys(slot.cache, slot.format, head, from, from + count, s.keys, 0);
        KvRows.values(slot.cache, slot.format, head, from, from + count, s.values, 0);
        Lanes.transpose(
            s.values, Lanes.roundUp(count, Lanes.L), dim, s.transposed, Scratch.TRANSPOSED_PITCH);
        for (int strip = 0; strip * STRIP < lanes; strip++) {
          int stripFirst = firstPosition + strip * STRIP / group;
          int stripLast = firstPosition + Math.min(lanes - 1, (strip + 1) * STRIP - 1) / group;
          if (from <= stripLast) {
            attendTile(slot, from, count, strip, firstPosition, stripFirst, stripLast, s);
          }
        }
      }
    }
    writeOutputs(slot, head, firstRow, lanes, s);
  }

  private void attendTile(
      Slot slot,
      int from,
      int count,
      int strip,
      int firstPosition,
      int stripFirst,
      int stripLast,
      Scratch s) {
    int at = strip * STRIP * dim;
    TileProducts.scores(s.keys, count, dim, s.queries, at, s.scores);
    int last = from + count - 1;
    boolean whole = last <= stripFirst && (last < sinks || from > (long) stripLast - recent);
    if (!whole) {
      mask(s.scores, from, count, firstPosition, strip, stripLast);
    }
    StripSoftmax.tile(
        s.scores,
        count,
        slot.format.weightExponent(),
        strip,
        s.largest,
        s.total,
        s.sums,
        at,
        dim,
        s.factors);
    TileProducts.add(s.transposed, Scratch.TRANSPOSED_PITCH, dim, count, s.scores, s.sums, at);
  }

  private void mask(
      float[] scores, int from, int count, int firstPosition, int strip, int stripLast) {
    for (int lane = 0; lane < STRIP; lane++) {
      int position = Math.min(stripLast, firstPosition + (strip * STRIP + lane) / group);
      for (int i = 0; i < count; i++) {
        int key = from + i;
        if (key > position || (key >= sinks && key <= (long) position - recent)) {
          scores[i * STRIP + lane] = Float.NEGATIVE_INFINITY;
        }
      }
    }
  }

  private void packQueries(Slot slot, int head, int firstRow, int lanes, Scratch s) {
    int padded = Lanes.roundUp(lanes, STRIP);
    Arrays.fill(s.largest, 0, padded, Lanes.LOWEST);
    Arrays.fill(s.total, 0, padded, 0);
    Arrays.fill(s.sums, 0, padded * dim, 0);
    Arrays.fill(s.queries, (padded - STRIP) * dim, padded * dim, 0);
    for (int lane = 0; lane < lanes; lane++) {
      query(slot, queryRow(firstRow, head, lane), s.row);
      slot.format.permute(s.row, dim, logitScale, s.permuted, 0);
      int at = lane / STRIP * STRIP * dim + lane % STRIP;
      for (int j = 0; j < dim; j++) {
        s.queries[at + j * STRIP] = s.permuted[j];
      }
    }
  }

  private void writeOutputs(Slot slot, int head, int firstRow, int lanes, Scratch s) {
    for (int lane = 0; lane < lanes; lane++) {
      int at = lane / STRIP * STRIP * dim + lane % STRIP;
      for (int j = 0; j < dim; j++) {
        s.permuted[j] = s.sums[at + j * STRIP];
      }
      float scale = slot.format.outputScale() / s.total[lane];
      slot.format.restore(s.permuted, 0, dim, scale, s.row);
      output(slot, queryRow(firstRow, head, lane), s.row);
    }
  }

  /** Which row of {@code [rows][queryHeads]} a lane of a block is. */
  private long queryRow(int firstRow, int head, int lane) {
    return (firstRow + lane / group) * (long) shape.queryHeads()
        + lane % group
        + (long) head * group;
  }

  private void query(Slot slot, long row, float[] target) {
    MemorySegment.copy(slot.query, FLOAT, row * dim * Float.BYTES, target, 0, dim);
  }

  private void output(Slot slot, long row, float[] source) {
    MemorySegment.copy(source, 0, slot.output, FLOAT, row * dim * Float.BYTES, dim);
  }
}
