package dev.adamas.engine;

import dev.adamas.api.KvView;
import java.util.List;

/**
 * The tokens that a cache held at one moment, for a thread that reads them while the sequence goes
 * on.
 *
 * <p>It pins the pages instead of sharing them: sharing would make the sequence copy its open page
 * at the next token. Rows below the snapshot's length stay as they are until the sequence is
 * truncated; whoever built something from them hears of that from the next snapshot's {@link
 * #truncatedTo}.
 */
final class CacheSnapshot implements AutoCloseable {

  private final CacheLayout layout;
  private final List<PageGroup> groups;
  private final int[] lengths;
  private final long generation;
  private final int calibrationLength;
  private final int truncatedTo;

  CacheSnapshot(
      CacheLayout layout,
      List<PageGroup> groups,
      int[] lengths,
      long generation,
      int calibrationLength,
      int truncatedTo) {
    this.layout = layout;
    this.groups = List.copyOf(groups);
    this.lengths = lengths;
    this.generation = generation;
    this.calibrationLength = calibrationLength;
    this.truncatedTo = truncatedTo;
    this.groups.forEach(PageGroup::pin);
  }

  /** The shortest length of the sequence since the snapshot before; large where it only grew. */
  int truncatedTo() {
    return truncatedTo;
  }

  /** Bytes of the keys, and of the values too where they are read, of so many tokens of a layer. */
  static long bytes(KvView view, long tokens, boolean values) {
    return (values ? 2 : 1)
        * tokens
        * view.shape().kvHeads()
        * view.shape().headDim()
        * view.type().bytes();
  }

  /** A layer. */
  KvView view(int layer) {
    return view(layer, lengths[layer]);
  }

  /** The first {@code length} tokens of a layer, or all where it has fewer. */
  KvView view(int layer, int length) {
    return new View(layer, Math.min(length, lengths[layer]));
  }

  @Override
  public void close() {
    groups.forEach(PageGroup::unpin);
  }

  private final class View extends PagedView {

    private final int layer;
    private final int length;

    View(int layer, int length) {
      super(layout);
      this.layer = layer;
      this.length = length;
    }

    @Override
    public int length() {
      return length;
    }

    @Override
    public long generation() {
      return generation;
    }

    @Override
    public int calibrationLength() {
      return calibrationLength;
    }

    @Override
    public Page page(int page) {
      return groups.get(page).page(layer);
    }
  }
}
