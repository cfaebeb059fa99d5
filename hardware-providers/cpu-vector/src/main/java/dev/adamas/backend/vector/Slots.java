package dev.adamas.backend.vector;

import dev.adamas.api.Kernel;
import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;

/** Checks that a slot of a batch fits the kernel, before any worker starts. */
final class Slots {

  private Slots() {}

  /**
   * Refuses another geometry, no or too many rows, and segments that are too small.
   *
   * @throws IllegalArgumentException with a sentence that says which
   */
  static void check(Kernel.Batch batch, int slot, ModelShape shape) {
    KvView cache = batch.cache(slot);
    ModelShape own = cache.shape();
    if (own.queryHeads() != shape.queryHeads()
        || own.kvHeads() != shape.kvHeads()
        || own.headDim() != shape.headDim()) {
      throw new IllegalArgumentException(
          "Slot %d has a cache of shape %s; the kernel was compiled for %s."
              .formatted(slot, own, shape));
    }
    int rows = batch.rows(slot);
    if (rows < 1 || rows > cache.length()) {
      throw new IllegalArgumentException(
          "Slot %d has %d query rows over %d cached tokens; pass at least 1 and append their keys and values first."
              .formatted(slot, rows, cache.length()));
    }
    long bytes = (long) rows * shape.queryHeads() * shape.headDim() * Float.BYTES;
    if (batch.query(slot).byteSize() < bytes || batch.output(slot).byteSize() < bytes) {
      throw new IllegalArgumentException(
          "Slot %d needs %d bytes of queries and of output, not %d and %d."
              .formatted(slot, bytes, batch.query(slot).byteSize(), batch.output(slot).byteSize()));
    }
  }
}
