package dev.adamas.api;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A compiled {@link LayerPlan}. {@link #attend} is the only virtual call per layer and step, for
 * the whole batch.
 *
 * <p>One kernel serves many sequences, each with its own index. Calls on one kernel come from one
 * thread at a time; a kernel spreads its work over {@link KernelContext#workers}.
 */
public interface Kernel extends AutoCloseable {

  /** What was compiled. */
  Support.Accepted accepted();

  /**
   * An empty index for one layer of one sequence. It grows as tokens are appended. As long as it
   * covers no token nothing in it can be stale: the first append gives it the cache's generation.
   *
   * @param arena owns the index's memory; worker threads write to it, so it must not be confined
   */
  SelectionIndex open(Arena arena);

  /**
   * Brings tokens {@code [from, to)} of the cache into the index, in order and without gaps.
   *
   * @throws IllegalStateException where {@code from} is not the index's length or its generation is
   *     not the cache's
   */
  void append(KvView cache, SelectionIndex index, int from, int to);

  /**
   * Follows a truncation of the cache to {@code length} tokens. The kernel may read the cache again
   * for a page that became open.
   *
   * @param cache the cache, already truncated
   */
  void truncate(KvView cache, SelectionIndex index, int length);

  /**
   * Computes attention for every query row of a batch.
   *
   * @param batch the queries, caches, indexes and outputs
   * @param probe sees what was selected and read
   * @throws IllegalStateException where an index is stale: its length or generation differs from
   *     its cache's
   */
  void attend(Batch batch, StepProbe probe);

  /** Frees what the kernel holds beyond its indexes. */
  @Override
  default void close() {}

  /**
   * Queries of several sequences at one layer. A slot is one sequence with one or more query rows;
   * row {@code r} of {@code n} belongs to cached token {@code length - n + r} and sees the tokens
   * up to its own (so prefill and speculative decoding are the same call).
   */
  interface Batch {

    /** Number of slots. */
    int size();

    /** The cache of a slot; the keys and values of its query rows are in it already. */
    KvView cache(int slot);

    /** The index of a slot, opened by the kernel that is called. */
    SelectionIndex index(int slot);

    /** Query rows of a slot, at least 1. */
    int rows(int slot);

    /** Queries after RoPE: float32 {@code [rows][queryHeads][headDim]}. */
    MemorySegment query(int slot);

    /** Where the result goes: float32 {@code [rows][queryHeads][headDim]}. */
    MemorySegment output(int slot);
  }
}
