package dev.adamas.engine;

import dev.adamas.api.KvView;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The pages of all layers for the same tokens, counted by the sequences that share them.
 *
 * <p>One allocation and one count for all layers keeps a fork at a few instructions per page
 * whatever the number of layers. Only the sole owner writes.
 */
final class PageGroup {

  private static final long CACHE_LINE = 64;

  private final PagePool pool;
  private final CacheLayout layout;
  private final Arena arena;
  private final MemorySegment memory;
  private final KvView.Page[] pages;
  private final AtomicInteger owners = new AtomicInteger(1);

  /** Owners and readers that keep the memory; the last of them frees it. */
  private final AtomicInteger holders = new AtomicInteger(1);

  @SuppressWarnings("MustBeClosedChecker") // closed by release
  PageGroup(PagePool pool, CacheLayout layout) {
    this.pool = pool;
    this.layout = layout;
    // Shared, because workers read it; its own, so that memory goes back page by page.
    arena = Arena.ofShared();
    try {
      memory = arena.allocate(layout.groupBytes(), CACHE_LINE);
    } catch (Throwable e) {
      arena.close();
      throw e;
    }
    pages = new KvView.Page[layout.shape().layers()];
    MemorySegment readOnly = memory.asReadOnly();
    for (int layer = 0; layer < pages.length; layer++) {
      pages[layer] =
          new KvView.Page.Host(
              readOnly.asSlice(layout.keyOffset(layer), layout.blockBytes()),
              readOnly.asSlice(layout.valueOffset(layer), layout.blockBytes()));
    }
  }

  /** All layers' blocks; written only by a sole owner. */
  MemorySegment memory() {
    return memory;
  }

  /** What kernels read of one layer. */
  KvView.Page page(int layer) {
    return pages[layer];
  }

  /**
   * Whether others own it too. A false answer stays false for the owner that asks: only owners
   * share.
   */
  boolean shared() {
    return owners.get() > 1;
  }

  /** Adds an owner; called by one. */
  PageGroup share() {
    owners.incrementAndGet();
    return pin();
  }

  /** Removes an owner. */
  void release() {
    owners.decrementAndGet();
    unpin();
  }

  /**
   * Keeps the memory for a reader that is no owner: its owner still writes in place, and the reader
   * only looks at rows that were there when it came.
   */
  PageGroup pin() {
    holders.incrementAndGet();
    return this;
  }

  /** Ends a {@link #pin}. */
  void unpin() {
    if (holders.decrementAndGet() == 0) {
      arena.close();
      pool.released(layout.groupBytes());
    }
  }
}
