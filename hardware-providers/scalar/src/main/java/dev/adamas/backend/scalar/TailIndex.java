package dev.adamas.backend.scalar;

import dev.adamas.api.KvType;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Tail;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * What a tail remembers per KV head: the mean value of each complete page and the mean over the
 * calibration rows, in the cache's type, and per token a code of its value and one of its key.
 *
 * <p>The base of a page is its own mean, or, while it is open, the mean of the page before it; the
 * first page starts from the mean over the calibration rows. That one row per head is not counted
 * in {@link #bytes}: like the quantisers' own mean it does not grow with the tokens.
 */
final class TailIndex {

  /** Page means per block: pages are few. */
  private static final int BLOCK = 16;

  final int pageTokens;

  /** Value codes, where the plan has a second tier. */
  final Optional<CodeBlocks> codes;

  /** Codes of what keys' codes miss, where the second tier refines keys. */
  final Optional<CodeBlocks> keyCodes;

  private final Arena arena;
  private final ModelShape shape;
  private Optional<CodeBlocks> means = Optional.empty();
  private Optional<CodeBlocks> first = Optional.empty();

  private TailIndex(
      Arena arena,
      ModelShape shape,
      int pageTokens,
      Optional<CodeBlocks> codes,
      Optional<CodeBlocks> keyCodes) {
    this.arena = arena;
    this.shape = shape;
    this.pageTokens = pageTokens;
    this.codes = codes;
    this.keyCodes = keyCodes;
  }

  static Optional<TailIndex> open(Arena arena, LayerPlan.Sparse plan, ModelShape shape) {
    return switch (plan.tail()) {
      case Tail.None _ -> Optional.empty();
      case Tail.PageMeans(int pageTokens, boolean _, Optional<Tail.Residual> residual) ->
          Optional.of(
              new TailIndex(
                  arena,
                  shape,
                  pageTokens,
                  residual.map(r -> blocks(arena, shape, codeBytes(r, shape))),
                  residual
                      .filter(Tail.Residual::refinesKeys)
                      .map(r -> blocks(arena, shape, keyCodeBytes(r, plan.pipeline(), shape)))));
    };
  }

  private static CodeBlocks blocks(Arena arena, ModelShape shape, int rowBytes) {
    return new CodeBlocks(arena, shape.kvHeads(), rowBytes, ScalarIndex.BLOCK);
  }

  /** Bytes of one value code. */
  static int codeBytes(Tail.Residual residual, ModelShape shape) {
    return residual.quantizer().codeBytes(residual.transform().outputDim(shape.headDim()));
  }

  /** Bytes of one code of what a key's code misses; 0 where keys are not refined. */
  static int keyCodeBytes(Tail.Residual residual, Pipeline pipeline, ModelShape shape) {
    return residual.refinesKeys()
        ? residual.quantizer().codeBytes(pipeline.transform().outputDim(shape.headDim()))
        : 0;
  }

  /** Bytes of memory for {@code tokens} tokens. */
  long bytes(int tokens) {
    long perHead = means.map(m -> (long) tokens / pageTokens * m.rowBytes()).orElse(0L);
    perHead += codes.map(c -> (long) tokens * c.rowBytes()).orElse(0L);
    perHead += keyCodes.map(c -> (long) tokens * c.rowBytes()).orElse(0L);
    return perHead * shape.kvHeads();
  }

  /** Makes room for {@code tokens} tokens of a cache of the given type. */
  void reserve(int tokens, KvType type) {
    int rowBytes = shape.headDim() * type.bytes();
    if (means.isEmpty()) {
      means = Optional.of(new CodeBlocks(arena, shape.kvHeads(), rowBytes, BLOCK));
      first = Optional.of(new CodeBlocks(arena, shape.kvHeads(), rowBytes, 1));
    }
    means.get().reserve(tokens / pageTokens);
    first.get().reserve(1);
    codes.ifPresent(c -> c.reserve(tokens));
    keyCodes.ifPresent(c -> c.reserve(tokens));
  }

  /** The mean of a complete page. */
  MemorySegment mean(int head, int page) {
    return means.orElseThrow().rows(head, page, 1);
  }

  /** The mean over the calibration rows. */
  MemorySegment calibrationMean(int head) {
    return first.orElseThrow().rows(head, 0, 1);
  }

  /**
   * What the values of a page are coded against, as a sequence of {@code tokens} tokens sees it.
   */
  MemorySegment base(int head, int page, int tokens) {
    if (page < tokens / pageTokens) {
      return mean(head, page);
    }
    return page == 0 ? calibrationMean(head) : mean(head, page - 1);
  }
}
