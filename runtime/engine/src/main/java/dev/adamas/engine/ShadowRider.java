package dev.adamas.engine;

import dev.adamas.api.KvView;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Measures a candidate beside the live policy: in each step one layer selects once more with either
 * of them, so that a step takes two layers' time longer at most, and one head's exact logits.
 */
final class ShadowRider extends StoppableRider {

  private final Active candidate;
  private final int steps;
  private int layer;
  private int head;
  private double recall;
  private double mass;
  private volatile int measured;
  private volatile boolean behind;

  /**
   * @param steps that are measured
   */
  ShadowRider(Active candidate, int steps) {
    this.candidate = candidate;
    this.steps = steps;
  }

  boolean done() {
    return measured >= steps;
  }

  /** Whether the candidate has to be brought up to date in the background first. */
  boolean behind() {
    return behind;
  }

  /** The means so far. */
  synchronized SwapFigures.Measured found() {
    int count = Math.max(1, measured);
    return new SwapFigures.Measured(recall / count, mass / count, measured);
  }

  @Override
  void ride(Session session, int attended, KvView view, int rows, MemorySegment query) {
    if (attended != layer || done() || session.phaseNow() != Session.Phase.DECODE) {
      return;
    }
    LayerIndex tried = candidate.decode(layer);
    behind = tried.missing(view) > SwapTarget.MOST_AT_ONCE;
    if (behind) {
      return;
    }
    int heads = view.shape().queryHeads();
    MemorySegment row = SingleSlot.lastRow(view, rows, query);
    SelectionRecorder live = new SelectionRecorder(heads);
    SelectionRecorder found = new SelectionRecorder(heads);
    SingleSlot.attend(session.index(layer), view, row, live);
    SingleSlot.attend(tried, view, row, found);
    measure(live, found, view, row);
    layer = (layer + 1) % view.shape().layers();
    head = layer == 0 ? (head + 1) % heads : head;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes, others look
  private void measure(
      SelectionRecorder live, SelectionRecorder found, KvView view, MemorySegment row) {
    Optional<int[]> chosen = found.head(head);
    if (chosen.isEmpty()) {
      // It attends densely: it misses nothing.
      recall += 1;
      mass += 1;
    } else {
      ExactLogits exact = ExactLogits.of(view, row, head);
      mass += exact.mass(chosen.get());
      recall += live.head(head).isEmpty() ? exact.recall(chosen.get()) : shared(live, found, view);
    }
    measured++;
  }

  /** Over all heads: the share of what the live policy selects that the candidate selects, too. */
  private static double shared(SelectionRecorder live, SelectionRecorder found, KvView view) {
    long common = 0;
    long all = 0;
    for (int head = 0; head < view.shape().queryHeads(); head++) {
      int[] wanted = live.head(head).orElse(new int[0]);
      int[] got = found.head(head).orElse(wanted);
      for (int i = 0, j = 0; i < wanted.length && j < got.length; ) {
        if (wanted[i] == got[j]) {
          common++;
          i++;
          j++;
        } else if (wanted[i] < got[j]) {
          i++;
        } else {
          j++;
        }
      }
      all += wanted.length;
    }
    return all == 0 ? 1 : (double) common / all;
  }
}
