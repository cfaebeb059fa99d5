package dev.adamas.backend.vector;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Exact attention of some query heads of one KV head over chosen tokens. One instance serves one
 * worker.
 *
 * <p>Chosen rows lie anywhere in the cache, so their latency counts, not their bytes: while a tile
 * is computed, one word of every cache line of the next tile has been asked for, which is the
 * nearest to a prefetch that Java has (measured 1.6 times faster from memory).
 */
final class GatherAttention {

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int TILE = Scratch.TILE;
  private static final int LINE = 64;

  private final int dim;
  private final float logitScale;

  /** Pages met so far by number; only those of the tiles at hand are known to be current. */
  private MemorySegment[] keyPages = {};

  private MemorySegment[] valuePages = {};
  private final Tile[] tiles = {new Tile(), new Tile()};
  private NumberFormat format = NumberFormat.of(KvType.F16);

  /** Where touched words go; without a use they would not be read. */
  @SuppressWarnings("UnusedVariable")
  private long touched;

  GatherAttention(ModelShape shape) {
    dim = shape.headDim();
    logitScale = shape.softmaxScale() * Lanes.LOG2E;
  }

  /** Where the rows of a tile lie: the page's number and the offset in it. */
  private static final class Tile {
    final int[] page = new int[TILE];
    final long[] keyAt = new long[TILE];
    final long[] valueAt = new long[TILE];
    int rows;
  }

  /**
   * Attends.
   *
   * @param tokens at least one
   * @param queries {@code [heads][dim]} from {@code q} on, in the order of the cache
   * @param output float32 {@code [heads][dim]} from byte {@code to} on
   */
  void attend(
      KvView cache,
      int kvHead,
      int[] tokens,
      int count,
      float[] queries,
      int q,
      int heads,
      MemorySegment output,
      long to,
      Scratch s) {
    if (format.type() != cache.type()) {
      format = NumberFormat.of(cache.type());
    }
    s.forHeads(heads, dim);
    Arrays.fill(s.largest, 0, heads, Lanes.LOWEST);
    Arrays.fill(s.total, 0, heads, 0);
    Arrays.fill(s.sums, 0, heads * dim, 0);
    for (int head = 0; head < heads; head++) {
      System.arraycopy(queries, q + head * dim, s.row, 0, dim);
      format.permute(s.row, dim, logitScale, s.queries, head * dim);
    }
    boolean direct = format.type() != KvType.F32 && GatherRows.fits(dim);
    locate(cache, kvHead, tokens, 0, count, tiles[0]);
    for (int from = 0, tile = 0; from < count; from += TILE, tile ^= 1) {
      if (from + TILE < count) {
        locate(cache, kvHead, tokens, from + TILE, count, tiles[tile ^ 1]);
      }
      if (heads == 1 && direct) {
        attendOne(tiles[tile], s);
      } else {
        attend(tiles[tile], heads, s);
      }
    }
    for (int head = 0; head < heads; head++) {
      format.restore(s.sums, head * dim, dim, format.outputScale() / s.total[head], s.row);
      MemorySegment.copy(s.row, 0, output, FLOAT, to + (long) head * dim * Float.BYTES, dim);
    }
  }

  /** Finds and touches the rows of a tile of tokens from {@code from} on. */
  private void locate(KvView cache, int kvHead, int[] tokens, int from, int count, Tile tile) {
    int pageTokens = cache.tokensPerPage();
    // Pages are usually powers of two, and a division takes as long as the rest of this loop.
    int pageShift =
        Integer.bitCount(pageTokens) == 1 ? Integer.numberOfTrailingZeros(pageTokens) : -1;
    long keyStride = cache.keyTokenStride();
    long valueStride = cache.valueTokenStride();
    long keyBase = kvHead * cache.keyHeadStride();
    long valueBase = kvHead * cache.valueHeadStride();
    tile.rows = Math.min(TILE, count - from);
    int known = -1;
    for (int i = 0; i < tile.rows; i++) {
      int token = tokens[from + i];
      int number = pageShift >= 0 ? token >> pageShift : token / pageTokens;
      if (number != known) {
        known = number;
        page(cache, number);
      }
      int within = token - number * pageTokens;
      tile.page[i] = number;
      tile.keyAt[i] = keyBase + within * keyStride;
      tile.valueAt[i] = valueBase + within * valueStride;
    }
    touch(tile, dim * cache.type().bytes());
  }

  /**
   * Brings a page into the table. Hosts return the same segments step after step, and then nothing
   * is stored: storing a reference costs a fence of the garbage collector, which ends all overlap
   * of loads from memory. They must be the same objects: equal segments may lie at an address that
   * was freed and allocated anew, and the old one is closed.
   */
  @SuppressWarnings({"ReferenceEquality", "MemorySegmentReferenceEquality"})
  private void page(KvView cache, int number) {
    if (number >= keyPages.length) {
      int size = Math.max(number + 1, 2 * keyPages.length);
      int known = keyPages.length;
      keyPages = Arrays.copyOf(keyPages, size);
      valuePages = Arrays.copyOf(valuePages, size);
      Arrays.fill(keyPages, known, size, MemorySegment.NULL);
      Arrays.fill(valuePages, known, size, MemorySegment.NULL);
    }
    KvView.Page.Host page = KvRows.host(cache.page(number));
    MemorySegment keys = page.keys();
    MemorySegment values = page.values();
    if (keyPages[number] != keys) {
      keyPages[number] = keys;
    }
    if (valuePages[number] != values) {
      valuePages[number] = values;
    }
  }

  /** Loads and nothing else, so that many are under way at once. */
  private void touch(Tile tile, int rowBytes) {
    long sum = 0;
    for (int i = 0; i < tile.rows; i++) {
      MemorySegment keys = keyPages[tile.page[i]];
      MemorySegment values = valuePages[tile.page[i]];
      long keyAt = tile.keyAt[i];
      long valueAt = tile.valueAt[i];
      for (int line = 0; line < rowBytes; line += LINE) {
        sum += keys.get(ValueLayout.JAVA_LONG_UNALIGNED, keyAt + line);
        sum += values.get(ValueLayout.JAVA_LONG_UNALIGNED, valueAt + line);
      }
    }
    touched += sum;
  }

  private void attendOne(Tile tile, Scratch s) {
    int shift = format.shift();
    int mask = format.mask();
    GatherRows.scores(
        keyPages,
        tile.page,
        tile.keyAt,
        tile.rows,
        dim,
        s.queries,
        shift,
        mask,
        s.scores,
        s.products);
    Softmax.block(
        s.scores, 0, tile.rows, format.weightExponent(), 0, s.largest, s.total, s.sums, 0, dim);
    GatherRows.add(
        valuePages, tile.page, tile.valueAt, tile.rows, dim, s.scores, shift, mask, s.sums);
  }

  private void attend(Tile tile, int heads, Scratch s) {
    int count = tile.rows;
    widen(keyPages, tile.page, tile.keyAt, count, s.keys);
    for (int head = 0; head < heads; ) {
      int together = headsAtOnce(heads - head);
      Scores.of(
          together,
          s.keys,
          dim,
          count,
          s.queries,
          head * dim,
          s.scores,
          head * TILE,
          TILE,
          s.products);
      head += together;
    }
    for (int head = 0; head < heads; head++) {
      Softmax.block(
          s.scores,
          head * TILE,
          count,
          format.weightExponent(),
          head,
          s.largest,
          s.total,
          s.sums,
          head * dim,
          dim);
    }
    widen(valuePages, tile.page, tile.valueAt, count, s.values);
    for (int head = 0; head < heads; ) {
      int together = headsAtOnce(heads - head);
      WeightedSum.add(
          together, s.values, dim, count, s.scores, head * TILE, TILE, s.sums, head * dim);
      head += together;
    }
  }

  private static int headsAtOnce(int left) {
    return left >= 4 ? 4 : left >= 2 ? 2 : 1;
  }

  private void widen(MemorySegment[] pages, int[] page, long[] at, int rows, float[] tile) {
    for (int i = 0; i < rows; i++) {
      if (format.type() == KvType.F32) {
        Widen.floats(pages[page[i]], at[i], dim, tile, i * dim);
      } else {
        Widen.halves(pages[page[i]], at[i], dim, tile, i * dim, format.shift(), format.mask());
      }
    }
  }
}
