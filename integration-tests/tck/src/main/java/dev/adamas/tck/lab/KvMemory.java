package dev.adamas.tck.lab;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** A host's cache of one layer in any of the layouts that hosts use, filled from {@link KvData}. */
public final class KvMemory implements KvView {

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Which rows lie side by side. */
  public enum Order {
    /** A head's tokens. */
    HEAD_MAJOR,
    /** A token's heads. */
    TOKEN_MAJOR,
    /** A token's heads, and each key beside its value. */
    INTERLEAVED
  }

  /**
   * How pages lie in memory.
   *
   * @param tokensPerPage tokens of a page
   * @param order which rows lie side by side
   * @param gapBytes unused bytes after each row; odd ones show code that assumes alignment
   * @param heap whether pages are Java arrays
   */
  public record Layout(int tokensPerPage, Order order, int gapBytes, boolean heap) {

    /** Head-major native pages of 64 tokens. */
    public static final Layout USUAL = new Layout(64, Order.HEAD_MAJOR, 0, false);

    /** Both stride orders, small, odd and large pages, native and on the heap, aligned and not. */
    public static final List<Layout> ALL =
        List.of(
            USUAL,
            new Layout(37, Order.TOKEN_MAJOR, 0, false),
            new Layout(128, Order.HEAD_MAJOR, 6, true),
            new Layout(16, Order.INTERLEAVED, 0, false),
            new Layout(1, Order.TOKEN_MAJOR, 3, false),
            new Layout(500, Order.TOKEN_MAJOR, 0, true));
  }

  /**
   * The prompt's length that these caches say quantisers calibrate on; the least that is allowed.
   */
  public static final int CALIBRATION = 256;

  private final ModelShape shape;
  private final KvType type;
  private final Layout layout;
  private final Arena arena;
  private final KvData data;
  private final boolean readOnly;
  private final long rowBytes;
  private final List<Page.Host> pages = new ArrayList<>();
  private int length;
  private long generation;

  /** An empty cache whose tokens will come from {@code data}. */
  public KvMemory(
      ModelShape shape, KvType type, Layout layout, KvData data, Arena arena, boolean readOnly) {
    this.shape = shape;
    this.type = type;
    this.layout = layout;
    this.data = data;
    this.arena = arena;
    this.readOnly = readOnly;
    this.rowBytes = (long) shape.headDim() * type.bytes() + layout.gapBytes();
  }

  /** An empty cache in memory that the garbage collector frees. */
  public KvMemory(ModelShape shape, KvType type, Layout layout, KvData data) {
    this(shape, type, layout, data, Arena.ofAuto(), false);
  }

  /** The same tokens in other memory, the same generation. */
  public KvMemory copy(Layout otherLayout, Arena otherArena) {
    KvMemory copy = new KvMemory(shape, type, otherLayout, data, otherArena, readOnly);
    copy.grow(length);
    copy.generation = generation;
    return copy;
  }

  /** Appends tokens of the data up to {@code tokens}. */
  public KvMemory grow(int tokens) {
    for (; length < tokens; length++) {
      if (length % layout.tokensPerPage() == 0) {
        addPage();
      }
      Page.Host page = pages.getLast();
      for (int head = 0; head < shape.kvHeads(); head++) {
        long at = length % layout.tokensPerPage() * keyTokenStride() + head * keyHeadStride();
        write(page.keys(), at, data.keys()[head][length]);
        write(page.values(), at, data.values()[head][length]);
      }
    }
    return this;
  }

  /** Forgets the last tokens. */
  public KvMemory truncate(int tokens) {
    while ((long) (pages.size() - 1) * layout.tokensPerPage() >= tokens && !pages.isEmpty()) {
      pages.removeLast();
    }
    length = tokens;
    generation++;
    return this;
  }

  /** Counts a truncation that left the length as it was. */
  public void renew() {
    generation++;
  }

  private void addPage() {
    long heads = shape.kvHeads();
    if (layout.order() == Order.INTERLEAVED) {
      MemorySegment both = memory(2 * heads * rowBytes * layout.tokensPerPage());
      pages.add(new Page.Host(both, both.asSlice(rowBytes)));
    } else {
      long bytes = heads * rowBytes * layout.tokensPerPage();
      pages.add(new Page.Host(memory(bytes), memory(bytes)));
    }
  }

  private MemorySegment memory(long bytes) {
    // The start is as unaligned as the rows are.
    long all = bytes + layout.gapBytes();
    MemorySegment segment =
        layout.heap()
            ? MemorySegment.ofArray(new byte[Math.toIntExact(all)])
            : arena.allocate(all, 16);
    return segment.fill((byte) 0x7f).asSlice(layout.gapBytes());
  }

  private void write(MemorySegment page, long offset, float[] row) {
    for (int j = 0; j < row.length; j++) {
      long at = offset + (long) j * type.bytes();
      switch (type) {
        case F32 -> page.set(FLOAT, at, row[j]);
        case F16 -> page.set(SHORT, at, Float.floatToFloat16(row[j]));
        case BF16 -> page.set(SHORT, at, (short) (Float.floatToIntBits(row[j]) >> 16));
      }
    }
  }

  /** A number that changes with any byte of any page, padding included. */
  public long checksum() {
    CRC32C crc = new CRC32C();
    for (Page.Host page : pages) {
      crc.update(page.keys().toArray(ValueLayout.JAVA_BYTE));
      crc.update(page.values().toArray(ValueLayout.JAVA_BYTE));
    }
    return crc.getValue();
  }

  /** For messages. */
  public String describe() {
    return "%d tokens of %s in %s %s pages of %d"
        .formatted(
            length,
            type,
            layout.heap() ? "heap" : "native",
            layout.order().name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'),
            layout.tokensPerPage());
  }

  @Override
  public ModelShape shape() {
    return shape;
  }

  @Override
  public KvType type() {
    return type;
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
    return CALIBRATION;
  }

  @Override
  public int tokensPerPage() {
    return layout.tokensPerPage();
  }

  @Override
  public long keyTokenStride() {
    return switch (layout.order()) {
      case HEAD_MAJOR -> rowBytes;
      case TOKEN_MAJOR -> rowBytes * shape.kvHeads();
      case INTERLEAVED -> 2 * rowBytes * shape.kvHeads();
    };
  }

  @Override
  public long keyHeadStride() {
    return switch (layout.order()) {
      case HEAD_MAJOR -> rowBytes * layout.tokensPerPage();
      case TOKEN_MAJOR -> rowBytes;
      case INTERLEAVED -> 2 * rowBytes;
    };
  }

  @Override
  public long valueTokenStride() {
    return keyTokenStride();
  }

  @Override
  public long valueHeadStride() {
    return keyHeadStride();
  }

  @Override
  public Page page(int index) {
    if (index < 0 || index >= pages.size()) {
      throw new IndexOutOfBoundsException(
          "Page %d of a cache of %d pages was asked for.".formatted(index, pages.size()));
    }
    Page.Host page = pages.get(index);
    return readOnly ? new Page.Host(page.keys().asReadOnly(), page.values().asReadOnly()) : page;
  }
}
