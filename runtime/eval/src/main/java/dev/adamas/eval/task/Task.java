package dev.adamas.eval.task;

/** A kind of sample. Immutable; samples are a pure function of their arguments. */
public interface Task {

  /** Its name in results, such as {@code passkey}. */
  String name();

  /** The shortest context for which there are samples. */
  int fewestTokens();

  /** Tokens decoded per sample, at most; they are part of the context. */
  int decodedTokens();

  /**
   * How many samples there are of those asked for.
   *
   * @param asked at least 1
   */
  default int samples(int asked) {
    return asked;
  }

  /**
   * Looks at everything of the user's that these samples will be made of, so that a fault in it is
   * known before the first one is computed.
   *
   * @param context as {@link #sample} will get it
   * @param samples as {@link #samples} gave it
   * @throws IllegalArgumentException where a sample cannot be made, in one sentence that names the
   *     file
   */
  default void check(int context, int samples) {}

  /**
   * A sample.
   *
   * @param context tokens of prompt and decoding together, at least {@link #fewestTokens}; the
   *     sample may be a few shorter
   * @param sample from 0
   * @param seed of this sample
   */
  Sample sample(int context, int sample, long seed);
}
