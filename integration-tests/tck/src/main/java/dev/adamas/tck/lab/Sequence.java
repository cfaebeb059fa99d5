package dev.adamas.tck.lab;

import dev.adamas.api.ComputeBackend;
import dev.adamas.api.Kernel;
import dev.adamas.api.KernelContext;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.Support;
import java.lang.foreign.Arena;

/** A kernel with an index of one cache, as a host drives them. */
public final class Sequence implements AutoCloseable {

  private final Arena arena = Arena.ofShared();
  private final Kernel kernel;
  private final SelectionIndex index;
  private final KvMemory cache;
  private final boolean ownsKernel;

  /** Compiles a kernel and opens an index. */
  public Sequence(
      ComputeBackend backend, Support.Accepted accepted, KvMemory cache, KernelContext context) {
    this(backend.compile(accepted, context), cache, true);
  }

  /** Opens an index of a kernel that others use too. */
  public Sequence(Kernel kernel, KvMemory cache) {
    this(kernel, cache, false);
  }

  private Sequence(Kernel kernel, KvMemory cache, boolean ownsKernel) {
    this.kernel = kernel;
    this.cache = cache;
    this.ownsKernel = ownsKernel;
    index = kernel.open(arena);
  }

  /** The kernel. */
  public Kernel kernel() {
    return kernel;
  }

  /** The index. */
  public SelectionIndex index() {
    return index;
  }

  /** The cache. */
  public KvMemory cache() {
    return cache;
  }

  /** Brings the index in line with the cache, in one append. */
  public Sequence follow() {
    if (index.length() > cache.length() || index.generation() != cache.generation()) {
      kernel.truncate(cache, index, cache.length());
    }
    if (index.length() < cache.length()) {
      kernel.append(cache, index, index.length(), cache.length());
    }
    return this;
  }

  /** Grows the cache and the index together, {@code chunk} tokens at a time. */
  public Sequence grow(int tokens, int chunk) {
    while (cache.length() < tokens) {
      cache.grow(Math.min(tokens, cache.length() + chunk));
      follow();
    }
    return this;
  }

  /** Attends with {@code [rows][queryHeads][headDim]} queries. */
  public Observed attend(float[] queries) {
    try (Arena memory = Arena.ofShared()) {
      return new Step(memory, true).add(cache, index, queries).run(kernel);
    }
  }

  @Override
  public void close() {
    arena.close();
    if (ownsKernel) {
      kernel.close();
    }
  }
}
