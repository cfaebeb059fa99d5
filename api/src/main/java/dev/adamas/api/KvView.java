package dev.adamas.api;

import java.lang.foreign.MemorySegment;

/**
 * A host's cache of one layer of one sequence: read-only, and valid only during the call it is
 * passed to.
 *
 * <p>Tokens lie in pages of {@link #tokensPerPage}; the row of token {@code t} and KV head {@code
 * h} starts at byte {@code (t % tokensPerPage) · tokenStride + h · headStride} of the key (value)
 * segment of page {@code t / tokensPerPage} and holds {@code shape().headDim()} contiguous numbers.
 * Hosts use both orders (token-major and head-major); kernels follow the strides.
 */
public interface KvView {

  /** The model's geometry. */
  ModelShape shape();

  /** Number format of keys and values. */
  KvType type();

  /** Cached tokens. */
  int length();

  /** Grows with every truncation, so that an index built before one is recognised as stale. */
  long generation();

  /**
   * The first tokens on which quantisers calibrate: the prompt's length when prefill ended, at
   * least 256, the same for forks. Kernels whose plan {@linkplain LayerPlan.Sparse#needsCalibration
   * needs calibration} attend densely while {@code length() < calibrationLength()}.
   */
  int calibrationLength();

  /** Tokens per page. */
  int tokensPerPage();

  /** Bytes from a token's key row to the next token's, within a page and head. */
  long keyTokenStride();

  /** Bytes from a head's key row to the next head's, within a page and token. */
  long keyHeadStride();

  /** Bytes from a token's value row to the next token's, within a page and head. */
  long valueTokenStride();

  /** Bytes from a head's value row to the next head's, within a page and token. */
  long valueHeadStride();

  /**
   * One page.
   *
   * @param index from 0 to {@code (length() - 1) / tokensPerPage()}
   */
  Page page(int index);

  /** The memory of one page. */
  sealed interface Page {

    /** Keys. */
    MemorySegment keys();

    /** Values. */
    MemorySegment values();

    /** A page in host memory, native or on the heap. */
    record Host(MemorySegment keys, MemorySegment values) implements Page {}

    /**
     * A page in the memory of a device; the segments carry addresses and sizes and cannot be read
     * by the CPU.
     *
     * @param device the backend's number of the device
     */
    record Device(int device, MemorySegment keys, MemorySegment values) implements Page {}
  }
}
