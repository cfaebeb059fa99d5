package dev.adamas.engine;

import dev.adamas.api.ModelShape;
import java.util.OptionalLong;

/**
 * Accounts for the memory of all caches of an engine and refuses what does not fit before it is
 * allocated.
 */
final class PagePool {

  /** Left to the rest of the machine where no limit is configured. */
  private static final long HEADROOM = 256L << 20;

  private final EngineConfig.Cache config;
  private long inUse;
  private long reserved;

  PagePool(EngineConfig.Cache config) {
    this.config = config;
  }

  CacheLayout layout(ModelShape shape) {
    return new CacheLayout(shape, config.type(), config.pageTokens());
  }

  synchronized CacheMemory usage() {
    return new CacheMemory(inUse, reserved, config.maxBytes());
  }

  /**
   * Sets memory aside for {@code groups} page groups.
   *
   * @param tokens what the caller wants to hold in total, for the message
   */
  synchronized void reserve(CacheLayout layout, int groups, long tokens) {
    long wanted = Math.multiplyExact(layout.groupBytes(), (long) groups);
    long free = free();
    if (wanted > free) {
      throw new CacheMemoryException(refusal(layout, wanted, free, tokens, groups));
    }
    reserved += wanted;
  }

  synchronized void unreserve(CacheLayout layout, int groups) {
    reserved -= layout.groupBytes() * groups;
  }

  /** Allocates a page group that was reserved before. */
  PageGroup allocateReserved(CacheLayout layout) {
    PageGroup group;
    try {
      group = new PageGroup(this, layout);
    } catch (OutOfMemoryError _) {
      throw new CacheMemoryException(
          "The machine refused "
              + MemorySize.text(layout.groupBytes())
              + " for a page of the KV cache, although that much looked free; set cache.max-bytes"
              + " below what other processes leave.");
    }
    synchronized (this) {
      reserved -= layout.groupBytes();
      inUse += layout.groupBytes();
    }
    return group;
  }

  synchronized void released(long bytes) {
    inUse -= bytes;
  }

  private long free() {
    OptionalLong limit = config.maxBytes();
    // Reserved memory is not resident yet, so the machine still counts it as available.
    return limit.isPresent()
        ? limit.getAsLong() - inUse - reserved
        : AvailableMemory.bytes() - HEADROOM - reserved;
  }

  private String refusal(CacheLayout layout, long wanted, long free, long tokens, int groups) {
    long fitting = Math.max(0, free) / layout.groupBytes();
    long held = layout.groups(tokens) - (long) groups;
    long possible = Math.max(0, held + fitting) * layout.pageTokens();
    return "A KV cache of %d tokens needs %s more, but only %s %s; %d tokens fit: shorten the context%s, or %s."
        .formatted(
            tokens,
            MemorySize.text(wanted),
            MemorySize.text(Math.max(0, free)),
            config.maxBytes().isPresent()
                ? "of cache.max-bytes ("
                    + MemorySize.text(config.maxBytes().getAsLong())
                    + ") are left"
                : "are available on this machine",
            possible,
            layout.type().bytes() > 2 ? ", use cache.type f16" : "",
            config.maxBytes().isPresent() ? "raise cache.max-bytes" : "free memory");
  }
}
