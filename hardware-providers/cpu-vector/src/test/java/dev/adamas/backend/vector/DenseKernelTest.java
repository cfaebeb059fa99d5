package dev.adamas.backend.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.api.Kernel;
import dev.adamas.api.KvType;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.StepProbe;
import dev.adamas.api.Support;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DenseKernelTest {

  private static final LayerPlan DENSE = new LayerPlan.Dense();
  private static final int ALL = Integer.MAX_VALUE;

  private final long seed = Long.getLong("adamas.seed", System.nanoTime());
  private final Random random = new Random(seed);

  private static Kernel kernel(LayerPlan plan, ModelShape shape, int threads) {
    VectorBackend backend = new VectorBackend();
    Support support = backend.probe(plan, shape);
    assertThat(support).isInstanceOf(Support.Accepted.class);
    return backend.compile((Support.Accepted) support, new TestWorkers(threads));
  }

  private static void attend(Kernel kernel, TestSlot... slots) {
    kernel.attend(TestSlot.batch(List.of(slots)), StepProbe.NONE);
  }

  /** One row and head by the definition, in double precision. */
  private static double[] expected(TestSlot slot, int row, int head, int sinks, int recent) {
    ModelShape shape = slot.cache().shape();
    int dim = shape.headDim();
    int position = slot.cache().length() - slot.rows() + row;
    int from = (row * shape.queryHeads() + head) * dim;
    int kvHead = head / shape.groupSize();
    int[] visible =
        IntStream.rangeClosed(0, position)
            .filter(token -> token < sinks || token > (long) position - recent)
            .toArray();
    double[] logits = new double[visible.length];
    for (int i = 0; i < visible.length; i++) {
      double[] key = slot.cache().key(visible[i], kvHead);
      for (int j = 0; j < dim; j++) {
        logits[i] += slot.query()[from + j] * key[j] * shape.softmaxScale();
      }
    }
    double largest = Arrays.stream(logits).max().orElseThrow();
    double[] sum = new double[dim];
    double total = 0;
    for (int i = 0; i < visible.length; i++) {
      double weight = Math.exp(logits[i] - largest);
      total += weight;
      double[] value = slot.cache().value(visible[i], kvHead);
      for (int j = 0; j < dim; j++) {
        sum[j] += weight * value[j];
      }
    }
    for (int j = 0; j < dim; j++) {
      sum[j] /= total;
    }
    return sum;
  }

  /** Logits of up to 30 carry a relative rounding of 1e-7 each; sums add theirs. */
  private static double tolerance(int length) {
    return 2e-5 + 1e-8 * length;
  }

  private void check(TestSlot slot, int sinks, int recent, int rowStep) {
    ModelShape shape = slot.cache().shape();
    int dim = shape.headDim();
    for (int row = slot.rows() - 1; row >= 0; row -= rowStep) {
      for (int head = 0; head < shape.queryHeads(); head++) {
        double[] expected = expected(slot, row, head, sinks, recent);
        for (int j = 0; j < dim; j++) {
          float actual = slot.output()[(row * shape.queryHeads() + head) * dim + j];
          double error = Math.abs(actual - expected[j]);
          assertThat(error)
              .as(
                  "seed %d, %s, row %d, head %d, coordinate %d: %s, not %s",
                  seed, slot.cache().describe(), row, head, j, actual, expected[j])
              .isLessThan(tolerance(slot.cache().length()));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 63, 64, 65, 127, 513, 4097})
  void oneRowOfAnyLength(int length) {
    for (KvType type : KvType.values()) {
      ModelShape shape = ModelShape.of(1, 4, 2, 64);
      TestCache cache = new TestCache(shape, type, TestCache.Order.HEAD_MAJOR, 256, length, false);
      Kernel kernel = kernel(DENSE, shape, 1);
      TestSlot slot = TestSlot.of(kernel, cache.fill(random, length), 1, random);
      attend(kernel, slot);
      check(slot, 0, ALL, 1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 64", "3, 64", "4, 64", "8, 64", "1, 96", "2, 96", "3, 96", "4, 96", "1, 128", "4, 128",
    "7, 128", "1, 256", "8, 256"
  })
  void everyGroupAndHeadDimension(int group, int dim) {
    ModelShape shape = ModelShape.of(1, 2 * group, 2, dim);
    Kernel kernel = kernel(DENSE, shape, 1);
    for (KvType type : KvType.values()) {
      for (int rows : new int[] {1, 5, 90}) {
        TestCache cache = new TestCache(shape, type, TestCache.Order.HEAD_MAJOR, 64, 200, false);
        TestSlot slot = TestSlot.of(kernel, cache.fill(random, 197), rows, random);
        attend(kernel, slot);
        check(slot, 0, ALL, 7);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 64, 100, 256})
  void everyLayout(int pageTokens) {
    ModelShape shape = ModelShape.of(1, 6, 2, 64);
    Kernel kernel = kernel(DENSE, shape, 1);
    for (KvType type : KvType.values()) {
      for (TestCache.Order order : TestCache.Order.values()) {
        for (boolean heap : new boolean[] {false, true}) {
          TestCache cache = new TestCache(shape, type, order, pageTokens, 333, heap);
          cache.fill(random, 333);
          for (int rows : new int[] {1, 70}) {
            TestSlot slot = TestSlot.of(kernel, cache, rows, random);
            attend(kernel, slot);
            check(slot, 0, ALL, 11);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 63, 64, 65, 127, 700, 1500})
  void promptOfAnyLength(int rows) {
    ModelShape shape = ModelShape.of(1, 4, 2, 64);
    Kernel kernel = kernel(DENSE, shape, 2);
    for (int before : new int[] {0, 1, 64, 1000}) {
      TestCache cache =
          new TestCache(shape, KvType.F16, TestCache.Order.HEAD_MAJOR, 256, before + rows, false);
      TestSlot slot = TestSlot.of(kernel, cache.fill(random, before + rows), rows, random);
      attend(kernel, slot);
      check(slot, 0, ALL, 1 + rows / 9);
    }
  }

  @Test
  void cuttingAPromptChangesNoBit() {
    ModelShape shape = ModelShape.of(1, 9, 3, 64);
    Kernel kernel = kernel(DENSE, shape, 2);
    int length = 777;
    TestCache cache =
        new TestCache(shape, KvType.F16, TestCache.Order.HEAD_MAJOR, 256, length, false);
    TestSlot whole = TestSlot.of(kernel, cache.fill(random, length), length, random);
    attend(kernel, whole);
    int width = shape.queryHeads() * shape.headDim();
    int to = length;
    for (int rows : new int[] {2, 300, 17, 458}) {
      cache.truncate(to);
      TestSlot part = TestSlot.of(kernel, cache, rows, random);
      System.arraycopy(whole.query(), (to - rows) * width, part.query(), 0, rows * width);
      attend(kernel, part);
      assertThat(part.output())
          .as("seed %d, %d rows up to %d", seed, rows, to)
          .isEqualTo(Arrays.copyOfRange(whole.output(), (to - rows) * width, to * width));
      to -= rows;
    }
    assertThat(to).isZero();
  }

  @Test
  void threadsAndBatchingChangeNoBit() {
    ModelShape shape = ModelShape.of(1, 8, 2, 128);
    Kernel one = kernel(DENSE, shape, 1);
    List<TestSlot> slots = new ArrayList<>();
    int[] lengths = {1, 65, 3000, 400, 20_000};
    int[] rows = {1, 1, 1, 130, 1};
    for (int i = 0; i < lengths.length; i++) {
      TestCache cache =
          new TestCache(shape, KvType.F16, TestCache.Order.HEAD_MAJOR, 256, lengths[i], false);
      slots.add(TestSlot.of(one, cache.fill(random, lengths[i]), rows[i], random));
    }
    for (TestSlot slot : slots) {
      attend(one, slot);
    }
    for (int threads = 1; threads <= 3; threads++) {
      Kernel kernel = kernel(DENSE, shape, threads);
      List<TestSlot> again = slots.stream().map(TestSlot::again).toList();
      kernel.attend(TestSlot.batch(again), StepProbe.NONE);
      for (int i = 0; i < slots.size(); i++) {
        assertThat(again.get(i).output())
            .as("seed %d, %d threads, slot %d", seed, threads, i)
            .isEqualTo(slots.get(i).output());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"4, 60", "0, 1", "0, 100", "100, 1", "70, 200", "5, 1000"})
  void window(int sinks, int recent) {
    ModelShape shape = ModelShape.of(1, 6, 2, 64);
    Kernel kernel = kernel(new LayerPlan.Window(sinks, recent), shape, 2);
    for (int length : new int[] {1, 64, 65, 333, 2100}) {
      for (int rows : new int[] {1, 2, 65, 333}) {
        if (rows <= length) {
          TestCache cache =
              new TestCache(shape, KvType.F16, TestCache.Order.TOKEN_MAJOR, 100, length, false);
          TestSlot slot = TestSlot.of(kernel, cache.fill(random, length), rows, random);
          attend(kernel, slot);
          check(slot, sinks, recent, 1 + rows / 9);
        }
      }
    }
  }

  @Test
  void largeLogitsStayExact() {
    ModelShape shape = ModelShape.of(1, 4, 2, 64);
    Kernel kernel = kernel(DENSE, shape, 1);
    for (int rows : new int[] {1, 40}) {
      TestCache cache =
          new TestCache(shape, KvType.F16, TestCache.Order.HEAD_MAJOR, 256, 300, false);
      TestSlot slot = TestSlot.of(kernel, cache.fill(random, 300), rows, random);
      for (int i = 0; i < slot.query().length; i++) {
        slot.query()[i] *= 1000;
      }
      attend(kernel, slot);
      for (float number : slot.output()) {
        assertThat(Math.abs(number)).as("seed %d", seed).isLessThan(6);
      }
    }
  }

  @Test
  void reportsWhatAStepReads() {
    ModelShape shape = ModelShape.of(1, 4, 2, 64);
    TestCache cache = new TestCache(shape, KvType.F16, TestCache.Order.HEAD_MAJOR, 256, 100, false);
    cache.fill(random, 100);
    long row = 2 * 2 * 64 * 2;

    Recorder dense = new Recorder();
    Kernel kernel = kernel(DENSE, shape, 1);
    kernel.attend(TestSlot.batch(List.of(TestSlot.of(kernel, cache, 2, random))), dense);
    assertThat(dense.reads).containsExactly("0: 796 tokens, %d bytes, 0".formatted(100 * row));
    assertThat(dense.selections).isEmpty();

    Recorder window = new Recorder();
    kernel = kernel(new LayerPlan.Window(2, 3), shape, 1);
    kernel.attend(TestSlot.batch(List.of(TestSlot.of(kernel, cache, 2, random))), window);
    assertThat(window.reads).containsExactly("0: 40 tokens, %d bytes, 0".formatted(6 * row));
    assertThat(window.selections)
        .hasSize(8)
        .contains("0/0/0 [0, 1, 96, 97, 98]", "0/1/3 [0, 1, 97, 98, 99]");
  }

  private static final class Recorder implements StepProbe {
    final List<String> selections = new ArrayList<>();
    final List<String> reads = new ArrayList<>();

    @Override
    public boolean wantsSelection() {
      return true;
    }

    @Override
    public void selected(int slot, int row, int queryHead, MemorySegment positions, int count) {
      int[] tokens = positions.asSlice(0, 4L * count).toArray(ValueLayout.JAVA_INT);
      selections.add(slot + "/" + row + "/" + queryHead + " " + Arrays.toString(tokens));
    }

    @Override
    public void read(int slot, long visibleTokens, long kvBytes, long indexBytes) {
      reads.add(slot + ": " + visibleTokens + " tokens, " + kvBytes + " bytes, " + indexBytes);
    }
  }

  @Test
  void refusesAStaleIndex() {
    ModelShape shape = ModelShape.of(1, 4, 2, 64);
    TestCache cache = new TestCache(shape, KvType.F32, TestCache.Order.HEAD_MAJOR, 16, 50, false);
    Kernel kernel = kernel(DENSE, shape, 1);
    TestSlot slot = TestSlot.of(kernel, cache.fill(random, 40), 1, random);
    cache.fill(random, 1);
    assertThatThrownBy(() -> attend(kernel, slot))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("covers 40 tokens")
        .hasMessageContaining("holds 41");
    assertThatThrownBy(() -> kernel.append(cache, slot.index(), 39, 41))
        .isInstanceOf(IllegalStateException.class);
    cache.truncate(40);
    assertThatThrownBy(() -> attend(kernel, slot)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> kernel.append(cache, slot.index(), 40, 40))
        .isInstanceOf(IllegalStateException.class);
    kernel.truncate(cache, slot.index(), 40);
    attend(kernel, slot);
    check(slot, 0, ALL, 1);
  }

  @Test
  void refusesAClosedIndexAndAForeignOne() {
    ModelShape shape = ModelShape.of(1, 4, 2, 64);
    TestCache cache = new TestCache(shape, KvType.F32, TestCache.Order.HEAD_MAJOR, 16, 50, false);
    Kernel kernel = kernel(DENSE, shape, 1);
    TestSlot good = TestSlot.of(kernel, cache.fill(random, 40), 1, random);
    SelectionIndex closed;
    try (Arena arena = Arena.ofConfined()) {
      closed = kernel.open(arena);
      kernel.append(cache, closed, 0, 40);
    }
    TestSlot stale = new TestSlot(cache, closed, 1, good.query(), good.output());
    assertThatThrownBy(() -> attend(kernel, stale))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("arena is closed");
    SelectionIndex other =
        new SelectionIndex() {
          @Override
          public int length() {
            return 40;
          }

          @Override
          public long generation() {
            return 0;
          }

          @Override
          public long bytes() {
            return 0;
          }
        };
    TestSlot foreign = new TestSlot(cache, other, 1, good.query(), good.output());
    assertThatThrownBy(() -> attend(kernel, foreign)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesWrongSlots() {
    ModelShape shape = ModelShape.of(1, 4, 2, 64);
    TestCache cache = new TestCache(shape, KvType.F32, TestCache.Order.HEAD_MAJOR, 16, 50, false);
    Kernel kernel = kernel(DENSE, shape, 1);
    TestSlot good = TestSlot.of(kernel, cache.fill(random, 2), 1, random);
    TestSlot tooMany = new TestSlot(cache, good.index(), 3, new float[3 * 256], new float[3 * 256]);
    assertThatThrownBy(() -> attend(kernel, tooMany))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 query rows over 2 cached tokens");
    TestSlot small = new TestSlot(cache, good.index(), 1, good.query(), new float[255]);
    assertThatThrownBy(() -> attend(kernel, small)).isInstanceOf(IllegalArgumentException.class);
    Kernel wider = kernel(DENSE, ModelShape.of(1, 8, 2, 64), 1);
    TestSlot mismatch = TestSlot.of(wider, cache, 1, random);
    assertThatThrownBy(() -> attend(wider, mismatch))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("compiled for");
  }

  @Test
  void rejectsOtherHeadDimensions() {
    assertThat(new VectorBackend().probe(DENSE, ModelShape.of(1, 4, 2, 80)))
        .isEqualTo(
            new Support.Rejected(
                List.of(
                    "cpu-vector has kernels for head dimensions 64, 96, 128 and 256, not 80; the scalar backend runs any.")));
  }
}
