package dev.adamas.engine;

import dev.adamas.api.KvType;
import dev.adamas.api.ModelShape;

/**
 * Where rows lie in a page group: per layer a key block and a value block, each {@code
 * [kvHead][token][headDim]}.
 *
 * <p>Head-major, because a kernel walks the tokens of one head: its rows are then one contiguous
 * run per page.
 */
record CacheLayout(ModelShape shape, KvType type, int pageTokens) {

  /** Bytes of one key or value row of one head. */
  long rowBytes() {
    return (long) shape.headDim() * type.bytes();
  }

  /** Bytes of one head's rows in a page. */
  long headBytes() {
    return rowBytes() * pageTokens;
  }

  /** Bytes of the keys, or of the values, of one layer's page. */
  long blockBytes() {
    return headBytes() * shape.kvHeads();
  }

  /** Bytes of a page of every layer, keys and values. */
  long groupBytes() {
    return Math.multiplyExact(2L * shape.layers(), blockBytes());
  }

  long keyOffset(int layer) {
    return 2L * layer * blockBytes();
  }

  long valueOffset(int layer) {
    return keyOffset(layer) + blockBytes();
  }

  /** Page groups that hold {@code tokens} tokens. */
  int groups(long tokens) {
    return Math.toIntExact((tokens + pageTokens - 1) / pageTokens);
  }
}
