package dev.adamas.engine;

import dev.adamas.api.KvView;
import java.lang.foreign.MemorySegment;

/**
 * Builds indexes over a host's own cache piece by piece inside the session's steps, because its
 * views are valid during the session's calls only.
 */
final class AttachedBuild extends StoppableRider {

  private final SwapTarget target;
  private final SwapOptions options;
  private final boolean[] complete;
  private int warmUps;
  private long warmNanos;
  private volatile boolean done;

  AttachedBuild(SwapTarget target, SwapOptions options, int warmUps) {
    this.target = target;
    this.options = options;
    this.warmUps = warmUps;
    complete = new boolean[target.session().shape().layers()];
  }

  /** Whether every layer's index was brought up to date, and has attended often enough. */
  boolean done() {
    return done;
  }

  @Override
  void ride(Session session, int layer, KvView view, int rows, MemorySegment query) {
    target.decoding(session.phaseNow() == Session.Phase.DECODE);
    if (target.needsIndex(layer)) {
      complete[layer] = target.build(layer, view, options.chunkTokens()) == 0;
      if (complete[layer] && warmUps > 0) {
        warmUp(layer, view, rows, query);
      }
    } else {
      complete[layer] = true;
    }
    boolean all = warmUps == 0;
    for (boolean one : complete) {
      all &= one;
    }
    done |= all;
  }

  private void warmUp(int layer, KvView view, int rows, MemorySegment query) {
    long start = System.nanoTime();
    LayerIndex index = target.candidate().decode(layer);
    SingleSlot.attend(index, view, SingleSlot.lastRow(view, rows, query), new SelectionRecorder(0));
    warmUps--;
    warmNanos += System.nanoTime() - start;
    WarmUp.checkTime(index, warmNanos, options);
  }
}
