package dev.adamas.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.adamas.engine.WorkerPool;
import dev.adamas.model.SharedFiles;
import dev.adamas.model.gguf.GgufFile;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The decoder against one in double precision, and its promises about order and errors. */
class DecoderTest {
  private static GgufFile tiny() throws Exception {
    try (var in =
        DecoderTest.class.getResourceAsStream("/dev/adamas/model/adamas-tiny-32k.q8_0.gguf")) {
      return GgufFile.of("tiny", MemorySegment.ofArray(in.readAllBytes()));
    }
  }

  private static int[] tokens(int n, int vocabulary, long seed) {
    Random random = new Random(seed);
    return random.ints(n, 3, vocabulary).toArray();
  }

  private static float[] logits(Decoder decoder, int[] tokens, Attention attention) {
    float[] logits = new float[decoder.config().vocabulary()];
    int n = tokens.length;
    int at = 0;
    for (; at + decoder.chunk() < n; at += decoder.chunk()) {
      decoder.feed(tokens, at, decoder.chunk(), at, attention);
    }
    decoder.feedEnd(tokens, at, n - at, at, attention, logits);
    return logits;
  }

  /** 4097 random tokens are a hard case: nothing averages out, attention is nearly uniform. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 127, 4097})
  void logitsAreThoseOfDoublePrecision(int n) throws Exception {
    GgufFile file = tiny();
    DecoderWeights weights = DecoderWeights.read(file);
    int[] tokens = tokens(n, weights.config().vocabulary(), n);
    double[] expected = new ReferenceDecoder(file, weights.config()).logits(tokens);
    try (WorkerPool workers = WorkerPool.start(2)) {
      Decoder decoder = new Decoder(weights, workers, 512);
      PlainAttention attention = new PlainAttention(weights.config().shape(), n + 1);
      close(logits(decoder, tokens, attention), expected, 2e-3);

      // The same prompt with its last token generated: the other way through the layers.
      if (n > 1) {
        attention.truncate(n - 1);
        float[] step = new float[weights.config().vocabulary()];
        decoder.step(tokens[n - 1], n - 1, attention, step);
        close(step, expected, 2e-3);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"random-qwen2", "random-qwen3-hd256"})
  void otherFamiliesGiveTheLogitsOfDoublePrecision(String name) {
    try (GgufFile file = GgufFile.open(SharedFiles.require("models/random/" + name + ".gguf"));
        WorkerPool workers = WorkerPool.start(2)) {
      DecoderWeights weights = DecoderWeights.read(file);
      int[] tokens = tokens(70, weights.config().vocabulary(), 5);
      double[] expected = new ReferenceDecoder(file, weights.config()).logits(tokens);
      Decoder decoder = new Decoder(weights, workers, 32);
      PlainAttention attention = new PlainAttention(weights.config().shape(), 70);
      close(logits(decoder, tokens, attention), expected, 2e-3);
      attention.truncate(69);
      float[] step = new float[weights.config().vocabulary()];
      decoder.step(tokens[69], 69, attention, step);
      close(step, expected, 2e-3);
    }
  }

  private static void close(float[] actual, double[] expected, double tolerance) {
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
    }
    assertThat(worst).isLessThan(tolerance);
  }

  @Test
  void resultsDependNeitherOnThreadsNorOnChunksBitForBit() throws Exception {
    DecoderWeights weights = DecoderWeights.read(tiny());
    int[] tokens = tokens(130, weights.config().vocabulary(), 3);
    float[] first = new float[0];
    float[] firstStep = new float[0];
    for (int threads : new int[] {1, 2, 3}) {
      for (int chunk : new int[] {7, 64, 512}) {
        try (WorkerPool workers = WorkerPool.start(threads)) {
          Decoder decoder = new Decoder(weights, workers, chunk);
          PlainAttention attention = new PlainAttention(weights.config().shape(), 131);
          float[] logits = logits(decoder, tokens, attention);
          float[] step = new float[logits.length];
          decoder.step(42, 130, attention, step);
          if (first.length == 0) {
            first = logits;
            firstStep = step;
          }
          assertThat(logits).as("%d threads, chunks of %d", threads, chunk).isEqualTo(first);
          assertThat(step).isEqualTo(firstStep);
        }
      }
    }
  }

  @Test
  void logitsOfAllTokensAreThoseOfEachPrefix() throws Exception {
    DecoderWeights weights = DecoderWeights.read(tiny());
    int[] tokens = tokens(45, weights.config().vocabulary(), 4);
    try (WorkerPool workers = WorkerPool.start(2)) {
      Decoder decoder = new Decoder(weights, workers, 20);
      PlainAttention attention = new PlainAttention(weights.config().shape(), 45);
      float[][] all = new float[45][];
      for (int at = 0; at < 45; at += 20) {
        int count = Math.min(20, 45 - at);
        decoder.feedAll(tokens, at, count, at, attention, (i, row) -> all[i] = row.clone());
      }
      for (int n : new int[] {1, 2, 19, 20, 21, 40, 45}) {
        int[] prefix = java.util.Arrays.copyOf(tokens, n);
        float[] expected =
            logits(decoder, prefix, new PlainAttention(weights.config().shape(), 45));
        for (int i = 0; i < expected.length; i++) {
          assertThat(all[n - 1][i]).isCloseTo(expected[i], offset(1e-3f));
        }
      }
    }
  }

  @Test
  void whatCannotBeServedIsRefusedInOneSentence() throws Exception {
    DecoderWeights weights = DecoderWeights.read(tiny());
    try (WorkerPool workers = WorkerPool.start(1)) {
      Decoder decoder = new Decoder(weights, workers, 16);
      PlainAttention attention = new PlainAttention(weights.config().shape(), 16);
      float[] logits = new float[4096];
      assertThatThrownBy(() -> decoder.step(4096, 0, attention, logits))
          .isInstanceOf(ModelException.class)
          .hasMessage("Token 4096 does not exist; the model's tokens are 0 to 4095.");
      assertThatThrownBy(() -> decoder.step(1, 32768, attention, logits))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("32769 tokens")
          .hasMessageContaining("context is 32768");
      assertThatThrownBy(() -> decoder.feed(new int[40], 0, 17, 0, attention))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Between 1 and 16 tokens");
      assertThatThrownBy(() -> decoder.step(1, 0, attention, new float[7]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("4096");
    }
  }
}
