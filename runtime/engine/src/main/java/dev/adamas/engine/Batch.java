package dev.adamas.engine;

import dev.adamas.api.StepProbe;
import java.lang.foreign.MemorySegment;

/**
 * Query rows of several sessions that attend at the same layer in one call.
 *
 * <p>Fill it once per step ({@link #clear}, {@link #add}), then call {@link #attend} for every
 * layer; queries and outputs may be the same segments at every layer. Sessions that run the same
 * kernel go to it together. Belongs to one thread; allocates nothing once it has reached its size.
 */
public final class Batch {

  private final Engine engine;
  private final StepRows step = new StepRows();
  private final KernelCall call;
  private final Degradation degradation;

  /** One for all steps, so that a step that is recorded allocates no more than another. */
  private final AttentionStepEvent event = new AttentionStepEvent();

  /** Slots that have attended at the layer. */
  private boolean[] done = new boolean[0];

  Batch(Engine engine) {
    this.engine = engine;
    StepWatch watch = new StepWatch();
    engine.watchdog().watch(watch);
    call = new KernelCall(step, watch);
    degradation = new Degradation(step, watch);
  }

  /** Empties the batch. */
  public void clear() {
    step.clear();
  }

  /** Sessions in the batch. */
  public int size() {
    return step.size();
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
    if (step.contains(session)) {
      throw new IllegalArgumentException(
          "The session is in the batch already; add all its rows at once.");
    }
    step.add(session, rows, query, output);
  }

  /** A batch of one, for {@link Session#attend}. */
  void single(
      Session session,
      int layer,
      int rowCount,
      MemorySegment query,
      MemorySegment output,
      StepProbe probe) {
    session.claim().enter();
    try {
      step.clear();
      step.add(session, rowCount, query, output);
      attendEntered(layer, probe);
    } finally {
      session.claim().exit();
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
      for (; entered < step.size(); entered++) {
        step.session(entered).claim().enter();
      }
      attendEntered(layer, probe);
    } finally {
      for (int i = 0; i < entered; i++) {
        step.session(i).claim().exit();
      }
    }
  }

  private void attendEntered(int layer, StepProbe probe) {
    int size = step.size();
    if (done.length < size) {
      done = new boolean[step.capacity()];
    }
    for (int i = 0; i < size; i++) {
      check(step.session(i), layer, step.rows(i));
    }
    for (int i = 0; i < size; i++) {
      done[i] = false;
      step.session(i).attending(layer, step.rows(i));
    }
    for (int i = 0; i < size; i++) {
      if (!done[i]) {
        attendWith(step.session(i).index(layer).kernel(), i, layer, probe);
      }
    }
    for (int i = 0; i < size; i++) {
      Session session = step.session(i);
      Rider rider = session.running().rider();
      if (rider != null) {
        rider.attended(session, layer, step.rows(i), step.query(i));
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
    call.begin(probe);
    for (int i = first; i < step.size(); i++) {
      if (!done[i] && step.session(i).index(layer).kernel() == kernel) {
        call.add(i);
        done[i] = true;
      }
    }
    boolean recorded = AttentionStepEvent.recorded();
    if (recorded) {
      event.begin();
    }
    long indexNanos = 0;
    try {
      indexNanos = call.run(kernel, layer);
    } catch (Throwable e) {
      degradation.contain(call, kernel, layer, probe, e);
    } finally {
      call.forget();
    }
    if (recorded) {
      event.end();
      event.layer = layer;
      event.backend = kernel.backendName();
      event.indexNanos = indexNanos;
      call.describe(event);
      event.commit();
    }
  }
}
