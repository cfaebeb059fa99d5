package dev.adamas.engine;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.api.KvType;
import dev.adamas.api.KvView;
import dev.adamas.api.ModelShape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PagedCacheTest {

  private static final ModelShape SHAPE = ModelShape.of(3, 4, 2, 24);
  private static final int ROW = SHAPE.kvHeads() * SHAPE.headDim();

  private final Randomness random = Randomness.fresh();

  private static PagePool pool(KvType type, OptionalLong maxBytes) {
    return new PagePool(new EngineConfig.Cache(type, 16, maxBytes));
  }

  private static PagedCache cache(PagePool pool) {
    return new PagedCache(pool, pool.layout(SHAPE));
  }

  /** The number a cache of that type holds for {@code value}, by the format's definition. */
  private static float stored(KvType type, float value) {
    return switch (type) {
      case F32 -> value;
      case F16 -> Float.float16ToFloat(Float.floatToFloat16(value));
      case BF16 -> {
        if (!Float.isFinite(value)) {
          yield value;
        }
        int low = Float.floatToRawIntBits(value) & 0xffff0000;
        float down = Float.intBitsToFloat(low);
        float up = Float.intBitsToFloat(low + 0x10000);
        // In double, because the distance between two floats may overflow one.
        double below = Math.abs((double) value - down);
        double above =
            Math.abs(up == Float.POSITIVE_INFINITY ? 0x1p128 - value : (double) up - value);
        boolean even = (low >>> 16 & 1) == 0;
        yield below < above || (below == above && even) ? down : up;
      }
    };
  }

  private static float read(KvView view, boolean keys, int token, int head, int dim) {
    KvView.Page.Host page = (KvView.Page.Host) view.page(token / view.tokensPerPage());
    MemorySegment segment = keys ? page.keys() : page.values();
    long offset =
        (token % view.tokensPerPage()) * (keys ? view.keyTokenStride() : view.valueTokenStride())
            + head * (keys ? view.keyHeadStride() : view.valueHeadStride())
            + (long) dim * view.type().bytes();
    return switch (view.type()) {
      case F32 -> segment.get(JAVA_FLOAT_UNALIGNED, offset);
      case F16 -> Float.float16ToFloat(segment.get(JAVA_SHORT_UNALIGNED, offset));
      case BF16 -> Float.intBitsToFloat(segment.get(JAVA_SHORT_UNALIGNED, offset) << 16);
    };
  }

  /** Equal bits; zeros have signs and one NaN is as good as another. */
  private static void same(float actual, float expected) {
    assertThat(Float.floatToIntBits(actual)).isEqualTo(Float.floatToIntBits(expected));
  }

  private static void holds(PagedCache cache, int layer, float[] keys, float[] values, int tokens) {
    KvView view = cache.view(layer);
    assertThat(view.length()).isEqualTo(tokens);
    for (int token = 0; token < tokens; token++) {
      for (int head = 0; head < SHAPE.kvHeads(); head++) {
        for (int dim = 0; dim < SHAPE.headDim(); dim++) {
          int i = token * ROW + head * SHAPE.headDim() + dim;
          same(read(view, true, token, head, dim), stored(view.type(), keys[i]));
          same(read(view, false, token, head, dim), stored(view.type(), values[i]));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(KvType.class)
  void keepsWhatIsAppendedInPiecesOfAnySize(KvType type) {
    PagePool pool = pool(type, OptionalLong.empty());
    PagedCache cache = cache(pool);
    int tokens = 127;
    float[] keys = random.gaussians(tokens * ROW);
    float[] values = random.gaussians(tokens * ROW);
    float[] special = {
      0f,
      -0f,
      Float.MIN_VALUE,
      65504f,
      65520f,
      1e30f,
      -1e38f,
      Float.MAX_VALUE,
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      0x1.01p0f,
      0x1.03p0f,
      6e-8f,
      Float.NaN
    };
    System.arraycopy(special, 0, keys, 5 * ROW, special.length);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment nativeKeys = arena.allocateFrom(JAVA_FLOAT_UNALIGNED, keys);
      for (int layer = 0; layer < SHAPE.layers(); layer++) {
        for (int at = 0; at < tokens; ) {
          int count = Math.min(tokens - at, 1 + random.below(40));
          cache.append(
              layer,
              nativeKeys.asSlice(4L * at * ROW),
              MemorySegment.ofArray(values).asSlice(4L * at * ROW),
              count);
          at += count;
        }
        holds(cache, layer, keys, values, tokens);
      }
    }
    assertThat(cache.length()).isEqualTo(tokens);
    assertThat(pool.usage().bytes()).isEqualTo(8 * pool.layout(SHAPE).groupBytes());
    cache.close();
    assertThat(pool.usage()).isEqualTo(new CacheMemory(0, 0, OptionalLong.empty()));
  }

  @Test
  void rowsWiderThanTheConversionBufferFit() {
    ModelShape wide = ModelShape.of(1, 40, 40, 128);
    PagePool pool = pool(KvType.F16, OptionalLong.empty());
    PagedCache cache = new PagedCache(pool, pool.layout(wide));
    float[] keys = random.gaussians(3 * 40 * 128);
    cache.append(0, MemorySegment.ofArray(keys), MemorySegment.ofArray(keys), 3);
    for (int i = 0; i < keys.length; i++) {
      assertThat(read(cache.view(0), false, i / 5120, i / 128 % 40, i % 128))
          .isEqualTo(stored(KvType.F16, keys[i]));
    }
    cache.close();
  }

  @Test
  void kernelsCannotWrite() {
    PagedCache cache = cache(pool(KvType.F16, OptionalLong.empty()));
    cache.append(0, random.segment(ROW), random.segment(ROW), 1);
    KvView.Page.Host page = (KvView.Page.Host) cache.view(0).page(0);
    assertThat(page.keys().isReadOnly()).isTrue();
    assertThat(page.values().isReadOnly()).isTrue();
    cache.close();
  }

  /** Two forks write at random, truncate and close; each always holds its own rows. */
  @ParameterizedTest
  @EnumSource(KvType.class)
  void forksNeverSeeEachOther(KvType type) {
    PagePool pool = pool(type, OptionalLong.empty());
    for (int round = 0; round < 20; round++) {
      Model[] sequences = {new Model(cache(pool)), null, null};
      sequences[0].append(random, 1 + random.below(70));
      sequences[1] = sequences[0].fork();
      sequences[2] = sequences[random.below(2)].fork();
      for (int step = 0; step < 12; step++) {
        Model sequence = sequences[random.below(3)];
        switch (random.below(3)) {
          case 0 -> sequence.append(random, 1 + random.below(20));
          case 1 -> sequence.append(random, 1);
          default -> sequence.truncate(random.below(sequence.length + 1));
        }
        for (Model each : sequences) {
          each.check();
        }
      }
      for (Model each : sequences) {
        each.check();
        each.cache.close();
      }
    }
    assertThat(pool.usage().bytes()).isZero();
  }

  /** A cache and what it should hold. */
  private static final class Model {

    private final PagedCache cache;
    private final float[][] keys = new float[SHAPE.layers()][];
    private final float[][] values = new float[SHAPE.layers()][];
    private int length;
    private long generation;

    Model(PagedCache cache) {
      this.cache = cache;
      Arrays.fill(keys, new float[0]);
      Arrays.fill(values, new float[0]);
    }

    void append(Randomness random, int tokens) {
      for (int layer = 0; layer < SHAPE.layers(); layer++) {
        float[] newKeys = random.gaussians(tokens * ROW);
        float[] newValues = random.gaussians(tokens * ROW);
        cache.append(
            layer, MemorySegment.ofArray(newKeys), MemorySegment.ofArray(newValues), tokens);
        keys[layer] = joined(keys[layer], newKeys);
        values[layer] = joined(values[layer], newValues);
      }
      length += tokens;
    }

    private float[] joined(float[] before, float[] added) {
      float[] all = Arrays.copyOf(before, length * ROW + added.length);
      System.arraycopy(added, 0, all, length * ROW, added.length);
      return all;
    }

    void truncate(int tokens) {
      cache.truncate(tokens);
      length = tokens;
      assertThat(cache.view(0).generation()).isGreaterThan(generation);
      generation = cache.view(0).generation();
    }

    Model fork() {
      Model fork = new Model(cache.fork());
      System.arraycopy(keys, 0, fork.keys, 0, keys.length);
      System.arraycopy(values, 0, fork.values, 0, values.length);
      fork.length = length;
      fork.generation = generation;
      return fork;
    }

    void check() {
      for (int layer = 0; layer < SHAPE.layers(); layer++) {
        holds(cache, layer, keys[layer], values[layer], length);
      }
    }
  }

  @Test
  void forksShareFullPagesAndCopyTheOpenOneWhenWritten() {
    PagePool pool = pool(KvType.F16, OptionalLong.empty());
    long page = pool.layout(SHAPE).groupBytes();
    Model original = new Model(cache(pool));
    original.append(random, 40); // two full pages and an open one
    PagedCache fork = original.cache.fork();
    assertThat(pool.usage().bytes()).isEqualTo(3 * page);
    MemorySegment row = random.segment(ROW);
    for (int layer = 0; layer < SHAPE.layers(); layer++) {
      fork.append(layer, row, row, 1);
    }
    assertThat(pool.usage().bytes()).isEqualTo(4 * page);
    original.cache.close();
    assertThat(pool.usage().bytes()).isEqualTo(3 * page);
    assertThat(fork.length()).isEqualTo(41);
    fork.close();
    assertThat(pool.usage().bytes()).isZero();
  }

  @Test
  void whatDoesNotFitIsRefusedBeforeItIsAllocated() {
    long page = 2L * 3 * 2 * 24 * 2 * 16; // 9216 bytes
    PagePool pool = pool(KvType.F16, OptionalLong.of(4 * page));
    PagedCache cache = cache(pool);
    MemorySegment rows = random.segment(200 * ROW);
    cache.append(0, rows, rows, 20);
    assertThatThrownBy(() -> cache.append(0, rows, rows, 60))
        .isInstanceOf(CacheMemoryException.class)
        .hasMessage(
            "A KV cache of 80 tokens needs 9.00 KiB more, but only 0 bytes of cache.max-bytes (36.0 KiB) are left; 64 tokens fit: shorten the context, or raise cache.max-bytes.");
    assertThat(cache.view(0).length()).isEqualTo(20);
    assertThatThrownBy(() -> cache.reserve(1000))
        .isInstanceOf(CacheMemoryException.class)
        .hasMessageContaining("; 64 tokens fit:");
    cache.append(0, rows, rows, 44);
    assertThat(cache.view(0).length()).isEqualTo(64);
    cache.close();
    assertThat(pool.usage().bytes()).isZero();
  }

  @Test
  void aReservationIsKeptFromOthersAndGivenBack() {
    PagePool pool = pool(KvType.F32, OptionalLong.of(100_000));
    long page = pool.layout(SHAPE).groupBytes(); // 18432 bytes: five fit
    PagedCache first = cache(pool);
    PagedCache second = cache(pool);
    first.reserve(64);
    first.reserve(64);
    assertThat(pool.usage()).isEqualTo(new CacheMemory(0, 4 * page, OptionalLong.of(100_000)));
    second.reserve(16);
    assertThatThrownBy(() -> second.reserve(17))
        .hasMessage(
            "A KV cache of 17 tokens needs 18.0 KiB more, but only 7.66 KiB of cache.max-bytes (97.7 KiB) are left; 16 tokens fit: shorten the context, use cache.type f16, or raise cache.max-bytes.");
    MemorySegment rows = random.segment(64 * ROW);
    first.append(0, rows, rows, 64);
    assertThat(pool.usage().bytes()).isEqualTo(4 * page);
    assertThat(pool.usage().reservedBytes()).isEqualTo(page);
    second.close();
    first.close();
    assertThat(pool.usage()).isEqualTo(new CacheMemory(0, 0, OptionalLong.of(100_000)));
  }

  @Test
  void withoutALimitTheMachineIsTheLimit() {
    PagePool pool = new PagePool(EngineConfig.Cache.defaults());
    PagedCache cache = new PagedCache(pool, pool.layout(ModelShape.of(32, 32, 32, 128)));
    assertThatThrownBy(() -> cache.reserve(Integer.MAX_VALUE))
        .isInstanceOf(CacheMemoryException.class)
        .hasMessageMatching(
            "A KV cache of 2147483647 tokens needs 1024.0 TiB more, but only .* are available on"
                + " this machine; [0-9]+ tokens fit: shorten the context, or free memory\\.");
  }
}
