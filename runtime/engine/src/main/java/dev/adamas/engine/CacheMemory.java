package dev.adamas.engine;

import java.util.OptionalLong;

/**
 * Memory of all caches of an engine.
 *
 * @param bytes allocated for pages, shared pages counted once
 * @param reservedBytes promised to sessions by {@link Session#reserve} and not allocated yet
 * @param maxBytes the configured limit
 */
public record CacheMemory(long bytes, long reservedBytes, OptionalLong maxBytes) {}
