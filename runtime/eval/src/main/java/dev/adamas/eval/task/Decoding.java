package dev.adamas.eval.task;

import dev.adamas.model.Sequence;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.stream.DoubleStream;

/** A sequence that decodes under a policy, timed token by token. Belongs to one thread. */
public final class Decoding {

  private final Sequence sequence;
  private final BooleanSupplier stopped;
  private final DoubleStream.Builder milliseconds = DoubleStream.builder();
  private int tokens;

  /**
   * Begins.
   *
   * @param sequence has read the prompt; not closed
   * @param stopped asked before every token
   */
  public Decoding(Sequence sequence, BooleanSupplier stopped) {
    this.sequence = sequence;
    this.stopped = stopped;
  }

  /**
   * Decodes a token.
   *
   * @throws CancellationException where the user has had enough
   */
  public void decode(int token) {
    if (stopped.getAsBoolean()) {
      throw new CancellationException("The evaluation was stopped.");
    }
    long start = System.nanoTime();
    sequence.decode(token);
    // The first also builds what the policy remembers of the prompt.
    if (tokens > 0) {
      milliseconds.add((System.nanoTime() - start) / 1e6);
    }
    tokens++;
  }

  /** The logits after the last token; overwritten by the next. */
  float[] logits() {
    return sequence.logits();
  }

  /** The sequence, to look at. */
  Sequence sequence() {
    return sequence;
  }

  /** Tokens decoded so far. */
  public int tokens() {
    return tokens;
  }

  /**
   * Median wall time in milliseconds of the tokens after the first; 0 where there is none. Call it
   * once.
   */
  public double medianMilliseconds() {
    double[] sorted = milliseconds.build().sorted().toArray();
    return sorted.length == 0 ? 0 : sorted[sorted.length / 2];
  }
}
