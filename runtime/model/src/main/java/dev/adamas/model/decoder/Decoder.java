package dev.adamas.model.decoder;

import dev.adamas.api.Workers;
import dev.adamas.model.tensor.Scratch;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;

/**
 * Runs tokens through a model. Attention and its cache belong to the sequence and come with each
 * call; everything else, buffers included, is here and shared by all sequences of a model.
 *
 * <p>Prompts go through many tokens at a time, generated tokens one by one. The last token of a
 * prompt goes on alone from the last layer's attention, because only its logits are wanted: of the
 * last layer a prompt computes little more than keys and values.
 *
 * <p>Results depend neither on the number of threads nor on how a prompt is cut into chunks, as far
 * as the attention's do not. Callers from several threads take turns. Nothing is allocated after
 * the first call of each kind.
 */
public final class Decoder {
  private final DecoderWeights weights;
  private final Workers workers;
  private final int chunk;
  private final Scratch[] scratch;
  private final OneToken one;
  private Optional<ManyTokens> many = Optional.empty();

  /**
   * Creates a decoder.
   *
   * @param workers shares the work among threads
   * @param chunk the most tokens that go through together; their buffers are allocated with the
   *     first prompt
   */
  public Decoder(DecoderWeights weights, Workers workers, int chunk) {
    if (chunk < 1) {
      throw new IllegalArgumentException("A chunk has at least 1 token, not " + chunk + ".");
    }
    this.weights = weights;
    this.workers = workers;
    this.chunk = Math.min(chunk, weights.config().context());
    DecoderConfig config = weights.config();
    int columns = Math.max(config.width(), Math.max(config.queryWidth(), config.feedForward()));
    scratch = new Scratch[workers.threads()];
    for (int i = 0; i < scratch.length; i++) {
      scratch[i] = new Scratch(columns);
    }
    one = new OneToken(weights, workers, scratch);
  }

  /** The most tokens that go through together. */
  public int chunk() {
    return chunk;
  }

  /** The numbers of the model. */
  public DecoderConfig config() {
    return weights.config();
  }

  /**
   * Runs part of a prompt that is not its end: only the cache grows.
   *
   * @param tokens the prompt
   * @param from index of the first token of this part
   * @param count at most {@link #chunk()} tokens
   * @param position of the first token in the sequence
   */
  public synchronized void feed(
      int[] tokens, int from, int count, int position, Attention attention) {
    check(tokens, from, count, position);
    many().run(tokens, from, count, position, attention);
  }

  /**
   * Runs the end of a prompt.
   *
   * @param logits receives the logits of the token that follows, one per vocabulary entry
   */
  public synchronized void feedEnd(
      int[] tokens, int from, int count, int position, Attention attention, float[] logits) {
    check(tokens, from, count, position);
    check(logits);
    many().run(tokens, from, count, position, attention);
    MemorySegment query = many().lastToken(one.state);
    one.finish(query, attention, logits);
  }

  /**
   * Runs part of a prompt and hands out the logits after each of its tokens.
   *
   * @param sink takes them, with the token's index in {@code tokens}
   */
  public synchronized void feedAll(
      int[] tokens, int from, int count, int position, Attention attention, LogitsSink sink) {
    check(tokens, from, count, position);
    many().run(tokens, from, count, position, attention);
    many().finish(attention, from, new float[config().vocabulary()], sink);
  }

  /**
   * Runs one generated token.
   *
   * @param position of the token in the sequence
   * @param logits receives the logits of the token that follows
   */
  public synchronized void step(int token, int position, Attention attention, float[] logits) {
    checkToken(token);
    checkPosition(position, 1);
    check(logits);
    one.step(token, position, attention, logits);
  }

  private ManyTokens many() {
    if (many.isEmpty()) {
      long bytes = ManyTokens.bytes(config(), chunk);
      Runtime runtime = Runtime.getRuntime();
      long free = runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
      if (bytes > free) {
        throw new ModelException(
            "Prompts in chunks of %d tokens need %d MB of heap, of which %d MB are free; use smaller chunks or a larger -Xmx."
                .formatted(chunk, bytes >> 20, free >> 20));
      }
      many = Optional.of(new ManyTokens(weights, workers, scratch, chunk));
    }
    return many.get();
  }

  private void check(int[] tokens, int from, int count, int position) {
    Objects.checkFromIndexSize(from, count, tokens.length);
    if (count < 1 || count > chunk) {
      throw new IllegalArgumentException(
          "Between 1 and %d tokens go through together, not %d.".formatted(chunk, count));
    }
    for (int i = from; i < from + count; i++) {
      checkToken(tokens[i]);
    }
    checkPosition(position, count);
  }

  private void checkToken(int token) {
    if (token < 0 || token >= config().vocabulary()) {
      throw new ModelException(
          "Token %d does not exist; the model's tokens are 0 to %d."
              .formatted(token, config().vocabulary() - 1));
    }
  }

  private void checkPosition(int position, int count) {
    if (position < 0 || (long) position + count > config().context()) {
      throw new ModelException(
          "The sequence would have %d tokens, but the model's context is %d; shorten the prompt or generate less."
              .formatted((long) position + count, config().context()));
    }
  }

  private void check(float[] logits) {
    if (logits.length != config().vocabulary()) {
      throw new IllegalArgumentException(
          "Logits need %d values, not %d.".formatted(config().vocabulary(), logits.length));
    }
  }
}
