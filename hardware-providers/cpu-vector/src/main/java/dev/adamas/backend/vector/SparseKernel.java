package dev.adamas.backend.vector;

import dev.adamas.api.Budget;
import dev.adamas.api.Kernel;
import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Quantizer;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.StepProbe;
import dev.adamas.api.Support;
import dev.adamas.api.Workers;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * {@link LayerPlan.Sparse}: keeps indexes in line with caches and spreads a step over threads.
 *
 * <p>A task is one query row and one KV head, or some of its query heads where there are few KV
 * heads; selections and outputs do not depend on how a group is split. Slots that attend densely
 * take the path of dense plans.
 */
final class SparseKernel implements Kernel {

  private static final KeyQuantizer[] NONE = {};

  private final Support.Accepted accepted;
  private final LayerPlan.Sparse plan;
  private final ModelShape shape;
  private final Workers workers;
  private final ScratchPool scratch;
  private final ScorePlan scorePlan;
  private final Quantizer quantizer;
  private final int rowsPerCode;
  private final int codeBytes;
  private final DenseAttention dense;
  private final SparseStep[] steps;
  private final TailWriter values;

  // A step: tasks of slots, their costs, and what they work on.
  private int[] firstTask = new int[1];
  private int parts;
  private long[] costs = {};
  private final Attend attend = new Attend();

  SparseKernel(
      Support.Accepted accepted, LayerPlan.Sparse plan, Workers workers, ScratchPool scratch) {
    this.accepted = accepted;
    this.plan = plan;
    this.workers = workers;
    this.scratch = scratch;
    shape = accepted.shape();
    scorePlan = ScorePlan.of(plan, shape);
    quantizer = plan.pipeline().quantizer();
    rowsPerCode = quantizer.rowsPerCode();
    codeBytes =
        scorePlan.readsKeys()
            ? 0
            : quantizer.codeBytes(plan.pipeline().transform().outputDim(shape.headDim()));
    dense = new DenseAttention(shape, workers, scratch, 0, Integer.MAX_VALUE);
    steps = new SparseStep[workers.threads()];
    Arrays.setAll(steps, _ -> new SparseStep(plan, shape, scorePlan));
    values = new TailWriter(plan, shape, workers);
  }

  @Override
  public Support.Accepted accepted() {
    return accepted;
  }

  @Override
  public SelectionIndex open(Arena arena) {
    KeyQuantizer[] quantizers = NONE;
    if (!plan.needsCalibration()) {
      quantizers = new KeyQuantizer[shape.kvHeads()];
      Arrays.fill(
          quantizers, KeyQuantizer.of(plan.pipeline().transform(), quantizer, shape.headDim()));
    }
    int blockBytes = scorePlan.readsKeys() ? 0 : scorePlan.layout().blockBytes();
    return new SparseIndex(
        this,
        arena,
        shape.kvHeads(),
        blockBytes,
        codeBytes,
        rowsPerCode,
        quantizers,
        SparsePlans.tail(plan).map(tail -> new TailIndex(arena, shape, plan, tail)));
  }

  // ---- the index ----

  @Override
  public void append(KvView cache, SelectionIndex selectionIndex, int from, int to) {
    SparseIndex index = own(selectionIndex);
    index.checkAppend(cache, from, to);
    if (index.isEncoded()) {
      checkCalibration(cache, index);
      encode(cache, index, from, to);
      index.tail.ifPresent(tail -> values.encode(cache, tail, from, to));
    } else if (to >= cache.calibrationLength()) {
      calibrate(cache, index, cache.calibrationLength());
      encode(cache, index, 0, to);
      index.tail.ifPresent(tail -> values.encode(cache, tail, 0, to));
    }
    index.covers(cache, to);
  }

  private void calibrate(KvView cache, SparseIndex index, int tokens) {
    KeyQuantizer[] calibrated = new KeyQuantizer[shape.kvHeads()];
    workers.run(
        calibrated.length,
        (head, worker) ->
            calibrated[head] = steps[worker].encoder().calibrate(cache, head, tokens));
    index.tail.ifPresent(tail -> values.calibrate(cache, tail, tokens));
    index.calibrated(calibrated, tokens);
  }

  private void checkCalibration(KvView cache, SparseIndex index) {
    if (!plan.needsCalibration()) {
      return;
    }
    if (index.isEncoded() && index.calibratedOn() != cache.calibrationLength()) {
      throw new IllegalStateException(
          "The index was calibrated on %d tokens, the cache now says %d; open another index."
              .formatted(index.calibratedOn(), cache.calibrationLength()));
    }
    if (!index.isEncoded() && index.length() >= cache.calibrationLength()) {
      throw new IllegalStateException(
          "The calibration length fell to %d after the index had passed it; open another index."
              .formatted(cache.calibrationLength()));
    }
  }

  /** Encodes the codes that cover tokens {@code [from, to)}, a chunk of a KV head at a time. */
  private void encode(KvView cache, SparseIndex index, int from, int to) {
    if (from == to || codeBytes == 0) {
      return;
    }
    index.reserve(index.codes(to));
    index.tail.ifPresent(tail -> tail.reserve(to, cache.type()));
    int firstChunk = from / rowsPerCode / SparseIndex.CHUNK;
    int chunks = (index.codes(to) - 1) / SparseIndex.CHUNK + 1 - firstChunk;
    int tasks = chunks * shape.kvHeads();
    if (to - from == 1) {
      // A token more is too little to wake other threads for.
      for (int task = 0; task < tasks; task++) {
        encode(cache, index, from, to, firstChunk, task, 0);
      }
    } else {
      workers.run(
          tasks, (task, worker) -> encode(cache, index, from, to, firstChunk, task, worker));
    }
  }

  private void encode(
      KvView cache, SparseIndex index, int from, int to, int firstChunk, int task, int worker) {
    int head = task % shape.kvHeads();
    long chunk = (long) firstChunk + task / shape.kvHeads();
    int chunkStart = (int) (chunk * SparseIndex.CHUNK);
    int first = Math.max(from / rowsPerCode, chunkStart);
    long end = (chunk + 1) * SparseIndex.CHUNK * rowsPerCode;
    steps[worker]
        .encoder()
        .encode(
            cache,
            head,
            index.quantizer(head),
            first * rowsPerCode,
            (int) Math.min(to, end),
            index.chunk(chunkStart),
            index.block(head, chunkStart),
            first - chunkStart,
            index.tail);
  }

  @Override
  public void truncate(KvView cache, SelectionIndex selectionIndex, int length) {
    SparseIndex index = own(selectionIndex);
    int before = index.length();
    index.truncate(cache, length);
    int kept = index.length();
    if (kept == before || !index.isEncoded()) {
      return;
    }
    if (plan.needsCalibration() && kept < cache.calibrationLength()) {
      index.drop();
      return;
    }
    if (kept % rowsPerCode != 0) {
      // The last page became open: its code covers fewer tokens now.
      encode(cache, index, kept - 1, kept);
    }
    index.tail.ifPresent(tail -> values.truncate(cache, tail, before, kept));
  }

  private SparseIndex own(SelectionIndex index) {
    if (index instanceof SparseIndex sparse && sparse.owner == this) {
      return sparse;
    }
    throw new IllegalArgumentException(
        "This index was opened by another kernel; open one with the kernel that is called.");
  }

  // ---- a step ----

  @Override
  public void attend(Batch batch, StepProbe probe) {
    int tasks = plan(batch);
    // Dense slots first; none is the usual case.
    dense.run();
    if (tasks > 0) {
      attend.current = batch;
      attend.probe = probe.wantsSelection() ? probe : StepProbe.NONE;
      try {
        workers.run(tasks, attend);
      } finally {
        attend.current = null;
      }
    }
    report(batch, probe);
  }

  /** Checks the slots, hands dense ones over, and numbers the tasks of the others. */
  private int plan(Batch batch) {
    int slots = batch.size();
    if (firstTask.length < slots + 1) {
      firstTask = new int[slots + 1];
    }
    for (int slot = 0; slot < slots; slot++) {
      SparseIndex index = own(batch.index(slot));
      index.checkCurrent(batch.cache(slot));
      checkCalibration(batch.cache(slot), index);
      Slots.check(batch, slot, shape);
    }
    long rows = 0;
    for (int slot = 0; slot < slots; slot++) {
      KvView cache = batch.cache(slot);
      if (isDense(cache, own(batch.index(slot)), cache.length())) {
        dense.add(cache, batch.rows(slot), batch.query(slot), batch.output(slot));
      } else {
        rows += batch.rows(slot);
      }
    }
    parts = parts(rows * shape.kvHeads());
    int tasks = 0;
    for (int slot = 0; slot < slots; slot++) {
      KvView cache = batch.cache(slot);
      firstTask[slot] = tasks;
      if (!isDense(cache, own(batch.index(slot)), cache.length())) {
        tasks = Math.addExact(tasks, Math.multiplyExact(batch.rows(slot), shape.kvHeads() * parts));
      }
    }
    firstTask[slots] = tasks;
    int size = Math.multiplyExact(tasks, SparseStep.COSTS);
    if (costs.length < size) {
      costs = new long[size];
    }
    return tasks;
  }

  /**
   * Whether a row that sees {@code visible} tokens attends to all of them without selecting. If the
   * last row of a slot does, every row does: none sees more.
   */
  private boolean isDense(KvView cache, SparseIndex index, int visible) {
    return (!(plan.budget() instanceof Budget.TopP) && plan.budget().limit(visible) >= visible)
        || (plan.needsCalibration() && visible < cache.calibrationLength())
        || !index.isEncoded();
  }

  /**
   * Into how many parts the query heads of a KV head are split, so that threads end together. Heads
   * that stay together read codes once, so there are no more parts than that takes.
   */
  private int parts(long whole) {
    int group = shape.groupSize();
    int threads = workers.parallelism();
    if (plan.groupRule() == LayerPlan.GroupRule.SHARED) {
      return 1;
    }
    for (int split = 1; split < group; split++) {
      long tasks = whole * split;
      if (group % split == 0 && (tasks % threads == 0 || tasks >= 4L * threads)) {
        return split;
      }
    }
    return group;
  }

  /** One task of a step; a field, so that a step allocates nothing. */
  private final class Attend implements Workers.Task {
    private @Nullable Batch current;
    private StepProbe probe = StepProbe.NONE;

    @Override
    public void run(int task, int worker) {
      Batch batch = Objects.requireNonNull(current);
      int slot = 0;
      while (task >= firstTask[slot + 1]) {
        slot++;
      }
      int within = task - firstTask[slot];
      int part = within % parts;
      int kvHead = within / parts % shape.kvHeads();
      int row = within / parts / shape.kvHeads();
      int heads = shape.groupSize() / parts;
      KvView cache = batch.cache(slot);
      int visible = cache.length() - batch.rows(slot) + row + 1;
      steps[worker].run(
          batch,
          slot,
          row,
          kvHead,
          part * heads,
          heads,
          isDense(cache, own(batch.index(slot)), visible),
          probe,
          costs,
          task * SparseStep.COSTS,
          scratch.of(worker));
    }
  }

  private void report(Batch batch, StepProbe probe) {
    int slots = batch.size();
    for (int slot = 0; slot < slots; slot++) {
      long tokens = 0;
      long kvBytes = 0;
      long indexBytes = 0;
      for (int task = firstTask[slot]; task < firstTask[slot + 1]; task++) {
        tokens += costs[task * SparseStep.COSTS];
        kvBytes += costs[task * SparseStep.COSTS + 1];
        indexBytes += costs[task * SparseStep.COSTS + 2];
      }
      if (firstTask[slot] == firstTask[slot + 1]) {
        KvView cache = batch.cache(slot);
        long rows = batch.rows(slot);
        long length = cache.length();
        tokens = rows * (2 * length - rows + 1) / 2 * shape.queryHeads();
        kvBytes = length * shape.kvHeads() * shape.headDim() * 2 * cache.type().bytes();
      }
      probe.read(slot, tokens, kvBytes, indexBytes);
    }
  }
}
