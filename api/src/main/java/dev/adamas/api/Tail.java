package dev.adamas.api;

import java.util.Optional;

/**
 * What becomes of the tokens that were not selected. Anything but {@link None} needs a {@link
 * Distance} that estimates the logit.
 */
public sealed interface Tail {

  /** They are ignored. */
  record None() implements Tail {}

  /**
   * Each keeps its estimated weight, with the mean value of its page in place of its own value. The
   * open page at the end of the sequence uses the base of {@link Residual}, whether or not there
   * are value codes.
   *
   * <p>With {@code s} the exact and {@code ŝ} the estimated logits of a query head, {@code S} the
   * selected tokens, {@code R} those of the second tier, {@code b_i} the base of token {@code i}
   * and {@code r_i} its decoded residual:
   *
   * <pre>{@code
   * c   = clamp(Σ_S e^s / Σ_S e^ŝ, 0.2, 5)          1 without correction
   * w_i = c · e^ŝ_i                                 for every visible i outside S
   * out = (Σ_S e^s_i v_i + Σ w_i b_i + inverse(Σ_R w_i r_i)) / (Σ_S e^s_i + Σ w_i)
   * }</pre>
   *
   * <p>Where the second tier refines keys, {@code R} has the better estimates {@code t}, and these
   * are the measure of the others: a selection holds the tokens whose estimates came out too high,
   * so that it says too little of the tail's mass.
   *
   * <pre>{@code
   * c   = clamp(Σ_R e^t / Σ_R e^ŝ, 0.2, 5)          1 without correction or without R
   * w_i = e^t_i in R, c · e^ŝ_i                     elsewhere outside S
   * }</pre>
   *
   * @param pageTokens tokens per page, aligned to the cache's positions
   * @param correction whether estimated weights are scaled by what estimates missed where better
   *     ones are known
   * @param residual codes of what the page mean and the key's own code miss, for the next best
   *     tokens
   */
  record PageMeans(int pageTokens, boolean correction, Optional<Residual> residual)
      implements Tail {
    /** Refuses an empty page. */
    public PageMeans {
      if (pageTokens < 1) {
        throw new IllegalArgumentException(
            "Tail pages of " + pageTokens + " tokens are empty; use at least 1.");
      }
    }
  }

  /**
   * A second tier between exact attention and the page means: codes from which the best tokens
   * outside the selection get back what their page's mean misses, and, where {@code refinesKeys},
   * what their key's code misses.
   *
   * <p>A value {@code v} whose base is {@code b} is coded as {@code quantizer.encode(transform(v -
   * b))}, one code per token. The base of a complete page is the mean of its values; that of the
   * open page is the mean of the page before it, and for the first page the mean over the
   * calibration rows. A page that fills is coded once more, against its own mean; truncation into a
   * page opens it again. Two residuals are equal where their specs and budgets are.
   *
   * <p>Without refined keys the tier holds, at a step, the next {@code tokens} tokens after the
   * selected ones: the selector chooses once more, over the same scores without the selected
   * tokens.
   *
   * <p>With them a step chooses twice. The pipeline's selector chooses {@code k + tokens}
   * candidates by their scores, {@code k} being what the plan's budget comes to. Each candidate is
   * scored once more by what its key's code misses: with {@code x} the transformed key, {@code
   * quantizer.encode(x - decode(encode(x)))}, the inner two of the pipeline's quantiser, float32.
   * Its refined score is {@code score + score' · (step' / step)}, {@code score'} and {@code step'}
   * being what the pipeline's distance gives for that code, the factor 1 where the steps are equal
   * and 0 where it would not be finite; a shared selection takes the group's best as it does for
   * scores. Then the selector chooses {@code k} of the candidates, in the order of their positions,
   * by refined scores, forced tokens first as before. They are attended to exactly; the other
   * candidates are the second tier. Choosing twice is what pays: refined weights alone, with the
   * selection as it was, gained nothing.
   *
   * @param transform makes a value's residual even; it must be invertible
   * @param quantizer codes a transformed residual; it must decode, code each token by itself and
   *     need no calibration
   * @param refinesKeys whether keys have a second code, too
   * @param tokens how many tokens the tier has; it may grow with the context
   */
  record Residual(Transform transform, Quantizer quantizer, boolean refinesKeys, Budget tokens) {
    /** Refuses stages that cannot give values back, and a top-p budget. */
    public Residual {
      if (!transform.invertible()) {
        throw new IllegalArgumentException(
            "Residual codes need a transform that can be inverted; "
                + transform.spec()
                + " cannot.");
      }
      if (!quantizer.decodes()
          || quantizer.locality() != Quantizer.Locality.ROW
          || quantizer.needsCalibration()) {
        throw new IllegalArgumentException(
            "Residual codes need a quantizer that decodes, codes each token by itself and needs no calibration; "
                + quantizer.spec()
                + " does not.");
      }
      if (tokens instanceof Budget.TopP) {
        throw new IllegalArgumentException(
            "Residual codes take a number or a share of tokens, not the top-p budget "
                + tokens.text()
                + ".");
      }
    }

    /** The stages and the budget, as text. */
    public String spec() {
      return transform.spec()
          + " > "
          + quantizer.spec()
          + (refinesKeys ? ", keys too, for " : " for ")
          + tokens.text();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Residual that && spec().equals(that.spec());
    }

    @Override
    public int hashCode() {
      return spec().hashCode();
    }

    @Override
    public String toString() {
      return spec();
    }
  }
}
