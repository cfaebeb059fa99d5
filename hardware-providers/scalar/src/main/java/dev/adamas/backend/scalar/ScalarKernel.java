package dev.adamas.backend.scalar;

import dev.adamas.api.Kernel;
import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Quantizer;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.StepProbe;
import dev.adamas.api.Support;
import dev.adamas.api.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collections;
import java.util.Optional;

/**
 * Keeps indexes in line with caches and spreads the work of a step over threads: one task per query
 * row and KV head, so that results do not depend on the number of threads.
 */
final class ScalarKernel implements Kernel {

  private final Support.Accepted accepted;
  private final ModelShape shape;
  private final Workers workers;
  private final Optional<Pipeline> pipeline;
  private final HeadAttention[] attention;
  private final KeyEncoder[] encoders;

  private int[] firstTask = new int[0];
  private long[] costs = new long[0];

  ScalarKernel(Support.Accepted accepted, Workers workers) {
    this.accepted = accepted;
    this.shape = accepted.shape();
    this.workers = workers;
    this.pipeline =
        accepted.plan() instanceof LayerPlan.Sparse sparse
            ? Optional.of(sparse.pipeline())
            : Optional.empty();
    this.attention = new HeadAttention[workers.threads()];
    Arrays.setAll(attention, _ -> new HeadAttention(accepted.plan(), shape));
    this.encoders = new KeyEncoder[pipeline.isPresent() ? workers.threads() : 0];
    pipeline.ifPresent(p -> Arrays.setAll(encoders, _ -> new KeyEncoder(p, shape.headDim())));
  }

  @Override
  public Support.Accepted accepted() {
    return accepted;
  }

  @Override
  public SelectionIndex open(Arena arena) {
    if (pipeline.isEmpty()) {
      return new ScalarIndex(this, arena, shape.kvHeads(), 0, 1);
    }
    Pipeline p = pipeline.get();
    Quantizer quantizer = p.quantizer();
    ScalarIndex index =
        new ScalarIndex(
            this,
            arena,
            shape.kvHeads(),
            quantizer.codeBytes(p.transform().outputDim(shape.headDim())),
            quantizer.rowsPerCode());
    if (!quantizer.needsCalibration()) {
      index.quantizers = Collections.nCopies(shape.kvHeads(), quantizer);
    }
    return index;
  }

  @Override
  public void append(KvView cache, SelectionIndex selectionIndex, int from, int to) {
    ScalarIndex index = own(selectionIndex);
    index.checkAlive();
    if (index.length == 0) {
      // Nothing is remembered yet, so nothing can be stale.
      index.generation = cache.generation();
    }
    if (from != index.length || index.generation != cache.generation()) {
      throw new IllegalStateException(
          ("Tokens from %d on cannot follow an index of %d tokens (generation %d, cache %d); append in"
                  + " order and call truncate after a truncation.")
              .formatted(from, index.length, index.generation, cache.generation()));
    }
    if (to < from || to > cache.length()) {
      throw new IllegalArgumentException(
          "Tokens [%d, %d) are not all in a cache of %d tokens."
              .formatted(from, to, cache.length()));
    }
    if (pipeline.isPresent()) {
      index(pipeline.get(), cache, index, from, to);
    }
    index.length = to;
  }

  private void index(Pipeline p, KvView cache, ScalarIndex index, int from, int to) {
    int firstNew = from;
    if (!index.isEncoded()) {
      int calibrationLength = cache.calibrationLength();
      if (to < calibrationLength) {
        return;
      }
      calibrate(p, cache, index, calibrationLength);
      firstNew = 0;
    } else {
      checkCalibration(p, cache, index);
    }
    encode(p, cache, index, firstNew, to);
  }

  private void calibrate(Pipeline p, KvView cache, ScalarIndex index, int count) {
    Quantizer[] calibrated = new Quantizer[shape.kvHeads()];
    Arrays.fill(calibrated, p.quantizer());
    workers.run(
        calibrated.length,
        (head, worker) -> calibrated[head] = encoders[worker].calibrate(cache, head, count));
    index.quantizers = java.util.List.of(calibrated);
    index.calibratedOn = count;
  }

  private static void checkCalibration(Pipeline p, KvView cache, ScalarIndex index) {
    if (p.quantizer().needsCalibration()
        && index.isEncoded()
        && index.calibratedOn != cache.calibrationLength()) {
      throw new IllegalStateException(
          "The index was calibrated on %d tokens, the cache now says %d; open another index."
              .formatted(index.calibratedOn, cache.calibrationLength()));
    }
  }

  /** Encodes the codes that cover tokens {@code [from, to)}. */
  private void encode(Pipeline p, KvView cache, ScalarIndex index, int from, int to) {
    if (from >= to) {
      return;
    }
    index.reserve(index.codes(to));
    if (p.quantizer().locality() == Quantizer.Locality.SEQUENCE) {
      workers.run(
          shape.kvHeads(), (head, worker) -> encodeSequence(cache, index, head, worker, to));
      return;
    }
    int rowsPerCode = p.quantizer().rowsPerCode();
    int firstCode = from / rowsPerCode;
    int endCode = index.codes(to);
    int firstBlock = firstCode / ScalarIndex.BLOCK;
    int blocks = (endCode - 1) / ScalarIndex.BLOCK + 1 - firstBlock;
    workers.run(
        blocks * shape.kvHeads(),
        (task, worker) -> {
          int head = task % shape.kvHeads();
          int block = firstBlock + task / shape.kvHeads();
          int first = Math.max(firstCode, block * ScalarIndex.BLOCK);
          int end = Math.min(endCode, (block + 1) * ScalarIndex.BLOCK);
          encoders[worker].encode(
              cache,
              head,
              index.quantizers.get(head),
              first * rowsPerCode,
              Math.min(to, end * rowsPerCode),
              index.block(head, block, first - block * ScalarIndex.BLOCK, end - first));
        });
  }

  /** Codes that depend on the whole sequence are made anew, side by side, and copied to blocks. */
  private void encodeSequence(KvView cache, ScalarIndex index, int head, int worker, int to) {
    Quantizer quantizer = index.quantizers.get(head);
    int codes = index.codes(to);
    int codeBytes = index.codeBytes();
    MemorySegment all = MemorySegment.ofArray(new byte[Math.multiplyExact(codes, codeBytes)]);
    encoders[worker].encode(cache, head, quantizer, 0, to, all);
    for (int first = 0; first < codes; first += ScalarIndex.BLOCK) {
      int count = Math.min(ScalarIndex.BLOCK, codes - first);
      index
          .block(head, first / ScalarIndex.BLOCK, 0, count)
          .copyFrom(all.asSlice((long) first * codeBytes, (long) count * codeBytes));
    }
  }

  @Override
  public void truncate(KvView cache, SelectionIndex selectionIndex, int length) {
    ScalarIndex index = own(selectionIndex);
    index.checkAlive();
    if (length < 0 || length != cache.length()) {
      throw new IllegalArgumentException(
          "The cache holds %d tokens, not %d; truncate it before its index."
              .formatted(cache.length(), length));
    }
    int kept = Math.min(index.length, length);
    if (pipeline.isPresent() && kept < index.length) {
      shorten(pipeline.get(), cache, index, kept);
    }
    index.length = kept;
    index.generation = cache.generation();
  }

  private void shorten(Pipeline p, KvView cache, ScalarIndex index, int length) {
    Quantizer quantizer = p.quantizer();
    if (quantizer.needsCalibration() && length < cache.calibrationLength()) {
      index.drop();
    } else if (quantizer.locality() == Quantizer.Locality.SEQUENCE
        || length % quantizer.rowsPerCode() != 0) {
      // The last page became open: its code covers fewer tokens now.
      encode(p, cache, index, length - 1, length);
    }
  }

  @Override
  public void attend(Batch batch, StepProbe probe) {
    int tasks = plan(batch);
    boolean wantsSelection = probe.wantsSelection();
    workers.run(
        tasks,
        (task, worker) -> {
          int slot = slot(batch, task);
          int kvHead = (task - firstTask[slot]) % shape.kvHeads();
          int row = (task - firstTask[slot]) / shape.kvHeads();
          attention[worker].run(
              batch, slot, row, kvHead, wantsSelection ? probe : StepProbe.NONE, costs, task);
        });
    report(batch, probe);
  }

  /** Checks the slots and numbers their tasks. */
  private int plan(Batch batch) {
    int slots = batch.size();
    if (firstTask.length < slots + 1) {
      firstTask = new int[slots + 1];
    }
    int tasks = 0;
    for (int slot = 0; slot < slots; slot++) {
      check(batch.cache(slot), own(batch.index(slot)), batch.rows(slot));
      firstTask[slot] = tasks;
      tasks = Math.addExact(tasks, Math.multiplyExact(batch.rows(slot), shape.kvHeads()));
    }
    firstTask[slots] = tasks;
    int size = Math.multiplyExact(tasks, HeadAttention.COSTS);
    if (costs.length < size) {
      costs = new long[size];
    }
    return tasks;
  }

  private void check(KvView cache, ScalarIndex index, int rows) {
    index.checkAlive();
    if (index.length != cache.length() || index.generation != cache.generation()) {
      throw new IllegalStateException(
          ("The index is stale: it covers %d tokens of generation %d, the cache holds %d of generation"
                  + " %d; append or truncate first.")
              .formatted(index.length, index.generation, cache.length(), cache.generation()));
    }
    if (rows < 1 || rows > cache.length()) {
      throw new IllegalArgumentException(
          rows
              + " query rows do not fit a cache of "
              + cache.length()
              + " tokens; the rows' own tokens are appended first.");
    }
    if (pipeline.isPresent()) {
      checkCalibration(pipeline.get(), cache, index);
      if (!index.isEncoded() && index.length >= cache.calibrationLength()) {
        throw new IllegalStateException(
            "The calibration length fell to %d after the index had passed it; open another index."
                .formatted(cache.calibrationLength()));
      }
    }
  }

  private int slot(Batch batch, int task) {
    int slot = Arrays.binarySearch(firstTask, 0, batch.size(), task);
    return slot >= 0 ? slot : -slot - 2;
  }

  private void report(Batch batch, StepProbe probe) {
    for (int slot = 0; slot < batch.size(); slot++) {
      long tokens = 0;
      long kvBytes = 0;
      long indexBytes = 0;
      for (int task = firstTask[slot]; task < firstTask[slot + 1]; task++) {
        tokens += costs[task * HeadAttention.COSTS];
        kvBytes += costs[task * HeadAttention.COSTS + 1];
        indexBytes += costs[task * HeadAttention.COSTS + 2];
      }
      probe.read(slot, tokens, kvBytes, indexBytes);
    }
  }

  private ScalarIndex own(SelectionIndex index) {
    if (index instanceof ScalarIndex scalar && scalar.owner == this) {
      return scalar;
    }
    throw new IllegalArgumentException(
        "The index was opened by another kernel; open one with this kernel.");
  }
}
