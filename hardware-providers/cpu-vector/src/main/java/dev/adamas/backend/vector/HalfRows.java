package dev.adamas.backend.vector;

import dev.adamas.api.KvView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * {@link Scores} and {@link WeightedSum} straight from a cache of sixteen-bit numbers: rows are
 * widened in registers. Where two heads share a row that takes 0.7 times as long as writing a tile,
 * whose stores are the bottleneck; for a single head it gains nothing, and with many query rows a
 * tile is written once and read often.
 *
 * <p>A pass covers a slab of dimensions of a run of rows, so that the queries' part of it, or the
 * sums, stay in registers.
 */
final class HalfRows {

  private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

  /** Bytes of a cache line. */
  private static final int LINE = 64;

  /** Dimensions of a pass. */
  private static final int SLAB = 4 * Lanes.L;

  private HalfRows() {}

  /** Whether rows of {@code dim} numbers are whole slabs. */
  static boolean covers(int dim) {
    return dim % SLAB == 0;
  }

  /**
   * Reads a word of every cache line of the keys and values of tokens {@code [from, to)}, in
   * ascending order. Slabs walk rows with a stride, which the processor does not fetch ahead; after
   * this walk they find everything near (from memory 0.65 to 0.8 times as long in all).
   *
   * @return something to keep, so that the reads are not optimised away
   */
  static long touch(KvView cache, int kvHead, int from, int to) {
    int rowBytes = cache.shape().headDim() * cache.type().bytes();
    int pageTokens = cache.tokensPerPage();
    long keyStride = cache.keyTokenStride();
    long valueStride = cache.valueTokenStride();
    long sum = 0;
    for (int token = from; token < to; ) {
      int within = token % pageTokens;
      int count = Math.min(to - token, pageTokens - within);
      KvView.Page.Host page = KvRows.host(cache.page(token / pageTokens));
      long key = kvHead * cache.keyHeadStride() + within * keyStride;
      long value = kvHead * cache.valueHeadStride() + within * valueStride;
      sum += touch(page.keys(), key, keyStride, count, rowBytes);
      sum += touch(page.values(), value, valueStride, count, rowBytes);
      token += count;
    }
    return sum;
  }

  private static long touch(MemorySegment page, long at, long stride, int count, int rowBytes) {
    boolean contiguous = stride == rowBytes;
    int rows = contiguous ? 1 : count;
    int bytes = contiguous ? rowBytes * count : rowBytes;
    long sum = 0;
    for (int i = 0; i < rows; i++) {
      long row = at + i * stride;
      for (int line = 0; line < bytes; line += LINE) {
        sum += page.get(ValueLayout.JAVA_LONG_UNALIGNED, row + line);
      }
    }
    return sum;
  }

  /**
   * Adds products of the keys of tokens {@code [from, to)} with one query or two, lane by lane.
   *
   * @param heads 1 or 2
   * @param queries {@code [heads][dim]} from {@code q} on, permuted
   * @param products as in {@link Scores}; rows from {@code first} on are added to
   */
  static void score(
      int heads,
      KvView cache,
      int kvHead,
      int from,
      int to,
      float[] queries,
      int q,
      float[] products,
      int first,
      NumberFormat format) {
    int dim = cache.shape().headDim();
    int pageTokens = cache.tokensPerPage();
    long stride = cache.keyTokenStride();
    int shift = format.shift();
    int mask = format.mask();
    int p = first * Lanes.L;
    for (int token = from; token < to; ) {
      int within = token % pageTokens;
      int count = Math.min(to - token, pageTokens - within);
      MemorySegment page = KvRows.host(cache.page(token / pageTokens)).keys();
      long row = kvHead * cache.keyHeadStride() + within * stride;
      for (int j = 0; j < dim; j += SLAB) {
        long at = row + 2L * j;
        if (heads == 2) {
          scoreTwo(page, at, stride, count, queries, q + j, dim, products, p, shift, mask);
        } else {
          scoreOne(page, at, stride, count, queries, q + j, products, p, shift, mask);
        }
      }
      token += count;
      p += count * Lanes.L;
    }
  }

  /**
   * Adds the values of tokens {@code [from, to)} to the sums of one head or two.
   *
   * @param heads 1 or 2
   * @param weights {@code [heads][pitch]} from {@code w} on
   * @param sums {@code [heads][dim]} from {@code s} on, permuted
   */
  static void add(
      int heads,
      KvView cache,
      int kvHead,
      int from,
      int to,
      float[] weights,
      int w,
      int pitch,
      float[] sums,
      int s,
      NumberFormat format) {
    int dim = cache.shape().headDim();
    int pageTokens = cache.tokensPerPage();
    long stride = cache.valueTokenStride();
    int shift = format.shift();
    int mask = format.mask();
    int weight = w;
    for (int token = from; token < to; ) {
      int within = token % pageTokens;
      int count = Math.min(to - token, pageTokens - within);
      MemorySegment page = KvRows.host(cache.page(token / pageTokens)).values();
      long row = kvHead * cache.valueHeadStride() + within * stride;
      for (int j = 0; j < dim; j += SLAB) {
        long at = row + 2L * j;
        if (heads == 2) {
          addTwo(page, at, stride, count, weights, weight, pitch, sums, s + j, dim, shift, mask);
        } else {
          addOne(page, at, stride, count, weights, weight, sums, s + j, shift, mask);
        }
      }
      token += count;
      weight += count;
    }
  }

  private static void scoreOne(
      MemorySegment keys,
      long at,
      long stride,
      int count,
      float[] queries,
      int q,
      float[] products,
      int to,
      int shift,
      int mask) {
    FloatVector q0 = FloatVector.fromArray(Lanes.F, queries, q);
    FloatVector q1 = FloatVector.fromArray(Lanes.F, queries, q + Lanes.L);
    FloatVector q2 = FloatVector.fromArray(Lanes.F, queries, q + 2 * Lanes.L);
    FloatVector q3 = FloatVector.fromArray(Lanes.F, queries, q + 3 * Lanes.L);
    for (int i = 0; i < count; i++) {
      long row = at + i * stride;
      int sum = to + i * Lanes.L;
      FloatVector a = FloatVector.fromArray(Lanes.F, products, sum);
      IntVector pair = IntVector.fromMemorySegment(Lanes.I, keys, row, LE);
      FloatVector key = Widen.even(pair, shift, mask);
      a = key.fma(q0, a);
      key = Widen.odd(pair, shift, mask);
      a = key.fma(q1, a);
      pair = IntVector.fromMemorySegment(Lanes.I, keys, row + 4L * Lanes.L, LE);
      key = Widen.even(pair, shift, mask);
      a = key.fma(q2, a);
      key = Widen.odd(pair, shift, mask);
      a = key.fma(q3, a);
      a.intoArray(products, sum);
    }
  }

  private static void scoreTwo(
      MemorySegment keys,
      long at,
      long stride,
      int count,
      float[] queries,
      int q,
      int dim,
      float[] products,
      int to,
      int shift,
      int mask) {
    FloatVector q0 = FloatVector.fromArray(Lanes.F, queries, q);
    FloatVector q1 = FloatVector.fromArray(Lanes.F, queries, q + Lanes.L);
    FloatVector q2 = FloatVector.fromArray(Lanes.F, queries, q + 2 * Lanes.L);
    FloatVector q3 = FloatVector.fromArray(Lanes.F, queries, q + 3 * Lanes.L);
    FloatVector r0 = FloatVector.fromArray(Lanes.F, queries, q + dim);
    FloatVector r1 = FloatVector.fromArray(Lanes.F, queries, q + dim + Lanes.L);
    FloatVector r2 = FloatVector.fromArray(Lanes.F, queries, q + dim + 2 * Lanes.L);
    FloatVector r3 = FloatVector.fromArray(Lanes.F, queries, q + dim + 3 * Lanes.L);
    for (int i = 0; i < count; i++) {
      long row = at + i * stride;
      int sum = to + i * Lanes.L;
      FloatVector a = FloatVector.fromArray(Lanes.F, products, sum);
      FloatVector b = FloatVector.fromArray(Lanes.F, products, sum + Scores.PAIR);
      IntVector pair = IntVector.fromMemorySegment(Lanes.I, keys, row, LE);
      FloatVector key = Widen.even(pair, shift, mask);
      a = key.fma(q0, a);
      b = key.fma(r0, b);
      key = Widen.odd(pair, shift, mask);
      a = key.fma(q1, a);
      b = key.fma(r1, b);
      pair = IntVector.fromMemorySegment(Lanes.I, keys, row + 4L * Lanes.L, LE);
      key = Widen.even(pair, shift, mask);
      a = key.fma(q2, a);
      b = key.fma(r2, b);
      key = Widen.odd(pair, shift, mask);
      a = key.fma(q3, a);
      b = key.fma(r3, b);
      a.intoArray(products, sum);
      b.intoArray(products, sum + Scores.PAIR);
    }
  }

  private static void addOne(
      MemorySegment values,
      long at,
      long stride,
      int count,
      float[] weights,
      int from,
      float[] sums,
      int to,
      int shift,
      int mask) {
    FloatVector a0 = FloatVector.fromArray(Lanes.F, sums, to);
    FloatVector a1 = FloatVector.fromArray(Lanes.F, sums, to + Lanes.L);
    FloatVector a2 = FloatVector.fromArray(Lanes.F, sums, to + 2 * Lanes.L);
    FloatVector a3 = FloatVector.fromArray(Lanes.F, sums, to + 3 * Lanes.L);
    for (int i = 0; i < count; i++) {
      long row = at + i * stride;
      FloatVector w = FloatVector.broadcast(Lanes.F, weights[from + i]);
      IntVector pair = IntVector.fromMemorySegment(Lanes.I, values, row, LE);
      FloatVector value = Widen.even(pair, shift, mask);
      a0 = value.fma(w, a0);
      value = Widen.odd(pair, shift, mask);
      a1 = value.fma(w, a1);
      pair = IntVector.fromMemorySegment(Lanes.I, values, row + 4L * Lanes.L, LE);
      value = Widen.even(pair, shift, mask);
      a2 = value.fma(w, a2);
      value = Widen.odd(pair, shift, mask);
      a3 = value.fma(w, a3);
    }
    a0.intoArray(sums, to);
    a1.intoArray(sums, to + Lanes.L);
    a2.intoArray(sums, to + 2 * Lanes.L);
    a3.intoArray(sums, to + 3 * Lanes.L);
  }

  private static void addTwo(
      MemorySegment values,
      long at,
      long stride,
      int count,
      float[] weights,
      int from,
      int pitch,
      float[] sums,
      int to,
      int dim,
      int shift,
      int mask) {
    FloatVector a0 = FloatVector.fromArray(Lanes.F, sums, to);
    FloatVector a1 = FloatVector.fromArray(Lanes.F, sums, to + Lanes.L);
    FloatVector a2 = FloatVector.fromArray(Lanes.F, sums, to + 2 * Lanes.L);
    FloatVector a3 = FloatVector.fromArray(Lanes.F, sums, to + 3 * Lanes.L);
    FloatVector b0 = FloatVector.fromArray(Lanes.F, sums, to + dim);
    FloatVector b1 = FloatVector.fromArray(Lanes.F, sums, to + dim + Lanes.L);
    FloatVector b2 = FloatVector.fromArray(Lanes.F, sums, to + dim + 2 * Lanes.L);
    FloatVector b3 = FloatVector.fromArray(Lanes.F, sums, to + dim + 3 * Lanes.L);
    for (int i = 0; i < count; i++) {
      long row = at + i * stride;
      FloatVector w = FloatVector.broadcast(Lanes.F, weights[from + i]);
      FloatVector x = FloatVector.broadcast(Lanes.F, weights[from + pitch + i]);
      IntVector pair = IntVector.fromMemorySegment(Lanes.I, values, row, LE);
      FloatVector value = Widen.even(pair, shift, mask);
      a0 = value.fma(w, a0);
      b0 = value.fma(x, b0);
      value = Widen.odd(pair, shift, mask);
      a1 = value.fma(w, a1);
      b1 = value.fma(x, b1);
      pair = IntVector.fromMemorySegment(Lanes.I, values, row + 4L * Lanes.L, LE);
      value = Widen.even(pair, shift, mask);
      a2 = value.fma(w, a2);
      b2 = value.fma(x, b2);
      value = Widen.odd(pair, shift, mask);
      a3 = value.fma(w, a3);
      b3 = value.fma(x, b3);
    }
    a0.intoArray(sums, to);
    a1.intoArray(sums, to + Lanes.L);
    a2.intoArray(sums, to + 2 * Lanes.L);
    a3.intoArray(sums, to + 3 * Lanes.L);
    b0.intoArray(sums, to + dim);
    b1.intoArray(sums, to + dim + Lanes.L);
    b2.intoArray(sums, to + dim + 2 * Lanes.L);
    b3.intoArray(sums, to + dim + 3 * Lanes.L);
  }
}
