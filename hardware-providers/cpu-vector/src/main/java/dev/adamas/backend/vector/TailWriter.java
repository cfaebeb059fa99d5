package dev.adamas.backend.vector;

import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Keeps what a tail remembers in line with the values of a cache, on all threads. */
final class TailWriter {

  private final int kvHeads;
  private final Workers workers;
  private final ValueEncoder[] encoders;

  /** Codes of a page on their way into the index, for each thread. */
  private final byte[][] codes;

  /** A plan without a tail has nothing to write. */
  TailWriter(LayerPlan.Sparse plan, ModelShape shape, Workers workers) {
    kvHeads = shape.kvHeads();
    this.workers = workers;
    encoders =
        SparsePlans.tail(plan)
            .map(
                tail -> {
                  ValueEncoder[] all = new ValueEncoder[workers.threads()];
                  Arrays.setAll(all, _ -> new ValueEncoder(tail, shape.headDim()));
                  return all;
                })
            .orElse(new ValueEncoder[0]);
    codes = new byte[encoders.length][0];
  }

  /**
   * Takes the mean over the first {@code tokens} tokens, which only a first page that is open is
   * coded against.
   */
  void calibrate(KvView cache, TailIndex tail, int tokens) {
    tail.reserve(tokens, cache.type());
    if (tokens >= tail.pageTokens()) {
      // No shorter sequence has codes.
      return;
    }
    workers.run(
        kvHeads,
        (head, worker) ->
            encoders[worker].mean(cache, head, 0, tokens, tail.calibrationMean(head)));
  }

  /**
   * Follows values of tokens {@code [from, to)}: pages that filled get their mean and are coded as
   * a whole, then what lies in the open page is coded against the page before it.
   */
  void encode(KvView cache, TailIndex tail, int from, int to) {
    tail.reserve(to, cache.type());
    int pageTokens = tail.pageTokens();
    int firstPage = from / pageTokens;
    int openPage = to / pageTokens;
    int tasks = (openPage - firstPage) * kvHeads;
    if (tasks > 0) {
      workers.run(
          tasks,
          (task, worker) ->
              encodePage(cache, tail, task % kvHeads, firstPage + task / kvHeads, to, worker));
    }
    int open = Math.max(from, openPage * pageTokens);
    if (open < to && to - open == 1) {
      // A token more is too little to wake other threads for.
      for (int head = 0; head < kvHeads; head++) {
        encode(cache, tail, head, open, to, to, 0);
      }
    } else if (open < to) {
      workers.run(kvHeads, (head, worker) -> encode(cache, tail, head, open, to, to, worker));
    }
  }

  private void encodePage(
      KvView cache, TailIndex tail, int head, int page, int length, int worker) {
    int start = page * tail.pageTokens();
    byte[] rows = codes(tail, worker);
    encoders[worker].page(
        cache, head, start, start + tail.pageTokens(), tail.base(head, page, length), rows);
    tail.store(tail.values(), head, start, tail.pageTokens(), rows);
  }

  /** Codes values of one page, as a sequence of {@code length} tokens sees it. */
  private void encode(
      KvView cache, TailIndex tail, int head, int from, int to, int length, int worker) {
    if (tail.values().codeBytes() > 0) {
      byte[] rows = codes(tail, worker);
      MemorySegment base = tail.base(head, from / tail.pageTokens(), length);
      encoders[worker].encode(cache, head, from, to, base, rows);
      tail.store(tail.values(), head, from, to - from, rows);
    }
  }

  private byte[] codes(TailIndex tail, int worker) {
    int bytes = tail.pageTokens() * tail.values().codeBytes();
    if (codes[worker].length < bytes) {
      codes[worker] = new byte[bytes];
    }
    return codes[worker];
  }

  /** Follows a truncation from {@code before} to {@code length} tokens. */
  void truncate(KvView cache, TailIndex tail, int before, int length) {
    int start = length / tail.pageTokens() * tail.pageTokens();
    if (start < length && start + tail.pageTokens() <= before) {
      // The page was complete and coded against its own mean.
      encode(cache, tail, start, length);
    }
  }
}
