package dev.adamas.api;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Scores codes against a query. Smaller is better; NaN ranks last.
 *
 * <p>A query is prepared once per head and step ({@link #prepareQuery}) and then compared with
 * blocks of codes. Scores are float32; a distance that computes integers keeps them below
 * 2<sup>24</sup>, so that they are exact.
 *
 * <p>{@code dim} is the transformed dimension. The quantiser passed in is the calibrated one of the
 * layer and KV head at hand.
 */
public non-sealed interface Distance extends Stage {

  /** What a score means. */
  enum Meaning {
    /** An order among keys, nothing more. */
    RANK,
    /**
     * An estimate of the attention logit: {@code logit = (offset - score · step) · softmaxScale},
     * with {@link Distance#step} and {@link Distance#offset} of the prepared query. Top-p budgets
     * and tail compensation need it.
     */
    LOGIT
  }

  /** What this distance's scores mean. */
  Meaning meaning();

  /** Why this distance cannot read that quantiser's codes, empty where it can; a full sentence. */
  Optional<String> incompatibility(Quantizer quantizer);

  /** Bytes of a prepared query. */
  int queryBytes(Quantizer quantizer, int dim);

  /**
   * Brings a query into the form in which it is compared with codes.
   *
   * @param query float32 {@code [dim]}, transformed
   * @param prepared {@code queryBytes(quantizer, dim)} bytes, written
   */
  void prepareQuery(Quantizer quantizer, MemorySegment query, int dim, MemorySegment prepared);

  /**
   * Scores a block of codes.
   *
   * @param prepared a prepared query
   * @param codes {@code [count][codeBytes]}
   * @param count number of codes
   * @param scores float32 {@code [count]}, written
   */
  void score(
      Quantizer quantizer,
      MemorySegment prepared,
      MemorySegment codes,
      int count,
      int dim,
      MemorySegment scores);

  /**
   * The logit that one unit of score is worth, before the softmax scale, positive.
   *
   * @throws UnsupportedOperationException where scores are a {@link Meaning#RANK}
   */
  float step(Quantizer quantizer, MemorySegment prepared, int dim);

  /**
   * The part of the logit that is the same for all keys (a query's product with the mean of centred
   * keys).
   *
   * @throws UnsupportedOperationException where scores are a {@link Meaning#RANK}
   */
  float offset(Quantizer quantizer, MemorySegment prepared, int dim);
}
