package dev.adamas.backend.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.KvType;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Tail;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys and values of caches in every format and order, to codes as the stages make them. */
class EncodersTest {

  private final long seed = Long.getLong("adamas.seed", System.nanoTime());
  private final Random random = new Random(seed);

  private TestCache cache(ModelShape shape, KvType type, TestCache.Order order, int tokens) {
    // Rows of zeros, of the smallest numbers and, now and then, one that is not finite.
    return new TestCache(shape, type, order, 1 << random.nextInt(9), tokens, random.nextBoolean())
        .fill(
            random,
            tokens,
            (token, head, j) ->
                switch (token % 50) {
                  case 7 -> 0;
                  case 8 -> -0.0;
                  case 9 -> 0x1p-24 * (j % 3 - 1);
                  case 10 -> token % 100 == 10 && j == 1 ? Double.NaN : j;
                  case 11 -> token % 150 == 11 && j == 2 ? Double.NEGATIVE_INFINITY : -j;
                  default -> random.nextGaussian() * (j % 31 == 5 ? 6 : 1);
                });
  }

  private static LayerPlan.Sparse plan(ModelShape shape, Map<String, String> options) {
    return (LayerPlan.Sparse) SparsePair.plan(shape, "adamas-tail", options);
  }

  private static float[] rows(double[][] exact, int dim) {
    float[] rows = new float[exact.length * dim];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) exact[i / dim][i % dim];
    }
    return rows;
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 96, 128, 256})
  void keys(int dim) {
    for (String quantizer :
        List.of(
            "bucket",
            "bucket(bits=1,scale=debias)",
            "bucket(center=true,scale=debias)",
            "bucket(bits=3,scale=norm)")) {
      for (KvType type : KvType.values()) {
        for (TestCache.Order order : TestCache.Order.values()) {
          keys(dim, quantizer, type, order);
        }
      }
    }
  }

  private void keys(int dim, String reference, KvType type, TestCache.Order order) {
    ModelShape shape = ModelShape.of(1, 2, 2, dim);
    int tokens = 70 + random.nextInt(300);
    TestCache cache = cache(shape, type, order, tokens);
    LayerPlan.Sparse plan = plan(shape, Map.of("quantizer", reference));
    var transform = plan.pipeline().transform();
    int size = transform.outputDim(dim);
    int codeBytes = plan.pipeline().quantizer().codeBytes(size);
    SparseEncoder encoder = new SparseEncoder(plan, new CodeRows(codeBytes), dim);
    Tail.PageMeans tail = (Tail.PageMeans) plan.tail();
    Quantizer residual = tail.residual().orElseThrow().quantizer();
    int missBytes = residual.codeBytes(size);
    TailIndex kept = new TailIndex(Arena.ofAuto(), shape, plan, tail);
    kept.reserve(tokens, type);
    for (int head = 0; head < 2; head++) {
      double[][] exact = new double[tokens][];
      for (int token = 0; token < tokens; token++) {
        exact[token] = cache.key(token, head);
      }
      MemorySegment keys = MemorySegment.ofArray(rows(exact, dim));
      Quantizer calibrated = plan.pipeline().quantizer().calibrate(transform, keys, tokens, dim);
      MemorySegment transformed = MemorySegment.ofArray(new float[tokens * size]);
      transform.apply(keys, tokens, dim, transformed);
      byte[] expected = new byte[tokens * codeBytes];
      calibrated.encode(transformed, tokens, size, MemorySegment.ofArray(expected));
      int blocks = (tokens + SparseIndex.BLOCK - 1) / SparseIndex.BLOCK;
      MemorySegment index = Arena.ofAuto().allocate((long) blocks * SparseIndex.BLOCK * codeBytes);
      KeyQuantizer quantizer = encoder.calibrate(cache, head, tokens);
      for (int from = 0, to; from < tokens; from = to) {
        to = Math.min(tokens, from + 1 + random.nextInt(150));
        encoder.encode(cache, head, quantizer, from, to, index, 0, from, Optional.of(kept));
      }
      assertThat(index.asSlice(0, expected.length).toArray(ValueLayout.JAVA_BYTE))
          .as("%s head %d of %d, %s, seed %d", reference, head, dim, cache.describe(), seed)
          .isEqualTo(expected);
      float[] decoded = new float[tokens * size];
      calibrated.decode(
          MemorySegment.ofArray(expected), tokens, size, MemorySegment.ofArray(decoded));
      float[] missed = transformed.toArray(ValueLayout.JAVA_FLOAT);
      for (int i = 0; i < missed.length; i++) {
        missed[i] -= decoded[i];
      }
      byte[] misses = new byte[tokens * missBytes];
      residual.encode(MemorySegment.ofArray(missed), tokens, size, MemorySegment.ofArray(misses));
      TierCodes copies = new TierCodes(false, 0);
      int[] all = IntStream.range(0, tokens).toArray();
      copies.read(kept, kept.keys(), head, MemorySegment.NULL, tokens, all, tokens);
      assertThat(Arrays.copyOf(copies.codes(), misses.length))
          .as(
              "misses of %s head %d of %d, %s, seed %d",
              reference, head, dim, cache.describe(), seed)
          .isEqualTo(misses);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 96, 128, 256})
  void pages(int dim) {
    ModelShape shape = ModelShape.of(1, 2, 2, dim);
    for (int page : new int[] {1, 16, 100}) {
      LayerPlan.Sparse plan =
          (LayerPlan.Sparse)
              SparsePair.plan(
                  shape, "quest", Map.of("quantizer", "page-min-max(page=" + page + ")"));
      Quantizer quantizer = plan.pipeline().quantizer();
      int codeBytes = quantizer.codeBytes(dim);
      for (KvType type : KvType.values()) {
        int tokens = 70 + random.nextInt(300);
        TestCache cache = cache(shape, type, TestCache.Order.HEAD_MAJOR, tokens);
        SparseEncoder encoder = new SparseEncoder(plan, new CodeRows(codeBytes), dim);
        double[][] exact = new double[tokens][];
        Arrays.setAll(exact, token -> cache.key(token, 1));
        int codes = (tokens + page - 1) / page;
        byte[] expected = new byte[codes * codeBytes];
        quantizer.encode(
            MemorySegment.ofArray(rows(exact, dim)), tokens, dim, MemorySegment.ofArray(expected));
        int blocks = (codes + SparseIndex.BLOCK - 1) / SparseIndex.BLOCK;
        MemorySegment index =
            Arena.ofAuto().allocate((long) blocks * SparseIndex.BLOCK * codeBytes);
        int half = random.nextInt(codes) * page;
        KeyQuantizer keys = encoder.calibrate(cache, 1, tokens);
        encoder.encode(cache, 1, keys, 0, half, index, 0, 0, Optional.empty());
        encoder.encode(cache, 1, keys, half, tokens, index, 0, half / page, Optional.empty());
        assertThat(index.asSlice(0, expected.length).toArray(ValueLayout.JAVA_BYTE))
            .as("pages of %d, dim %d, %s, seed %d", page, dim, cache.describe(), seed)
            .isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 96, 128, 256})
  void values(int dim) {
    for (String quantizer :
        List.of("bucket(bits=1,scale=debias)", "bucket(scale=norm)", "bucket(scale=debias)")) {
      for (String pageTokens : List.of("64", "256")) {
        for (KvType type : KvType.values()) {
          Map<String, String> options =
              Map.of("residual-quantizer", quantizer, "tail-page", pageTokens);
          values(dim, options, type);
        }
      }
    }
  }

  private void values(int dim, Map<String, String> options, KvType type) {
    ModelShape shape = ModelShape.of(1, 1, 1, dim);
    TestCache.Order order = List.of(TestCache.Order.values()).get(random.nextInt(3));
    Tail.PageMeans tail = (Tail.PageMeans) plan(shape, options).tail();
    Tail.Residual residual = tail.residual().orElseThrow();
    int page = tail.pageTokens();
    TestCache cache = cache(shape, type, order, 2 * page);
    int size = residual.transform().outputDim(dim);
    int codeBytes = residual.quantizer().codeBytes(size);
    double[][] exact = new double[page][];
    double[] sums = new double[dim];
    for (int token = 0; token < page; token++) {
      exact[token] = cache.value(page + token, 0);
      for (int j = 0; j < dim; j++) {
        sums[j] += exact[token][j];
      }
    }
    float[] mean = new float[dim];
    for (int j = 0; j < dim; j++) {
      mean[j] = (float) (sums[j] / page);
    }
    MemorySegment expectedMean = MemorySegment.ofArray(new byte[dim * type.bytes()]);
    CacheRows.write(mean, type, expectedMean, 0);
    new CacheRows(dim).row(expectedMean, 0, type, mean, 0);
    float[] rows = rows(exact, dim);
    for (int i = 0; i < rows.length; i++) {
      rows[i] -= mean[i % dim];
    }
    MemorySegment transformed = MemorySegment.ofArray(new float[page * size]);
    residual.transform().apply(MemorySegment.ofArray(rows), page, dim, transformed);
    byte[] expected = new byte[page * codeBytes];
    residual.quantizer().encode(transformed, page, size, MemorySegment.ofArray(expected));

    ValueEncoder encoder = new ValueEncoder(tail, dim);
    String what = "%s of %d, %s, seed %d".formatted(options, dim, cache.describe(), seed);
    MemorySegment actualMean = MemorySegment.ofArray(new byte[dim * type.bytes()]);
    byte[] codes = new byte[expected.length];
    encoder.page(cache, 0, page, 2 * page, actualMean, codes);
    assertThat(actualMean.mismatch(expectedMean)).as(what).isEqualTo(-1);
    assertThat(codes).as(what).isEqualTo(expected);
    int some = 1 + random.nextInt(page);
    encoder.encode(cache, 0, page, page + some, actualMean, codes);
    assertThat(Arrays.copyOf(codes, some * codeBytes))
        .as(what)
        .isEqualTo(Arrays.copyOf(expected, some * codeBytes));
  }
}
