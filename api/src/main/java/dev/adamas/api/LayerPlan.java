package dev.adamas.api;

import java.util.List;

/**
 * What one layer does at a decode step: pure data, so that it can be compared, printed,
 * fingerprinted and fused.
 *
 * <p>Plan types grow with versions of the SPI: a backend rejects what it does not know, so its
 * switch over plans has a {@code default} although it is complete today.
 */
public sealed interface LayerPlan {

  /** Causal attention over every cached token. */
  record Dense() implements LayerPlan {}

  /**
   * Attention over the first {@code sinks} and the last {@code recent} tokens (StreamingLLM, arXiv
   * 2309.17453, as a visibility rule: nothing is evicted, positions stay the original ones).
   *
   * @param sinks at least 0
   * @param recent at least 1
   */
  record Window(int sinks, int recent) implements LayerPlan {
    /** Refuses negative sinks and an empty recent window. */
    public Window {
      if (sinks < 0 || recent < 1) {
        throw new IllegalArgumentException(
            "A window needs at least 0 sinks and at least 1 recent token, not "
                + sinks
                + " and "
                + recent
                + ".");
      }
    }
  }

  /**
   * Exact attention over the tokens that a pipeline selects. Where the budget covers every token
   * that a query row sees, the row attends densely.
   *
   * <p>Codes that hold forced tokens score negative infinity before the selector is asked; so where
   * a share of a short context is less than the forced tokens, the first of them win, as in any
   * tie. With pages of tokens per code the budget is {@code max(1, limit / rowsPerCode)} codes.
   *
   * @param pipeline how tokens are found
   * @param budget how many tokens a query may attend to
   * @param sinks first tokens that are always selected, inside the budget
   * @param recent last tokens that are always selected, inside the budget
   * @param groupRule whether query heads of one KV head select separately
   * @param screen which codes are scanned
   * @param tail what becomes of the other tokens
   */
  record Sparse(
      Pipeline pipeline,
      Budget budget,
      int sinks,
      int recent,
      GroupRule groupRule,
      Screen screen,
      Tail tail)
      implements LayerPlan {
    /**
     * Refuses negative forced counts, more forced tokens than a fixed budget holds, estimates that
     * the distance cannot give, and refined keys whose codes cannot be decoded or read.
     */
    public Sparse {
      if (sinks < 0 || recent < 0) {
        throw new IllegalArgumentException(
            "Forced tokens cannot be negative: " + sinks + " sinks, " + recent + " recent.");
      }
      if (budget instanceof Budget.Tokens(int tokens) && (long) sinks + recent > tokens) {
        throw new IllegalArgumentException(
            "%d sinks and %d recent tokens exceed the budget of %d; raise the budget or force fewer tokens."
                .formatted(sinks, recent, tokens));
      }
      boolean estimates = pipeline.distance().meaning() == Distance.Meaning.LOGIT;
      if (!estimates && !(tail instanceof Tail.None)) {
        throw new IllegalArgumentException(
            "Tail compensation needs a distance that estimates the logit; "
                + pipeline.distance().spec()
                + " only ranks; set another distance or no tail.");
      }
      if (!estimates && budget instanceof Budget.TopP) {
        throw new IllegalArgumentException(
            "A top-p budget needs a distance that estimates the logit; "
                + pipeline.distance().spec()
                + " only ranks; set a number or a share of tokens, or another distance.");
      }
      if (pipeline.quantizer().rowsPerCode() > 1 && !(tail instanceof Tail.None)) {
        throw new IllegalArgumentException(
            "Tail compensation weighs each token by its own code; a code of %s covers %d tokens."
                .formatted(pipeline.quantizer().spec(), pipeline.quantizer().rowsPerCode()));
      }
      if (tail instanceof Tail.PageMeans means) {
        means.residual().filter(Tail.Residual::refinesKeys).ifPresent(r -> check(pipeline, r));
      }
    }

    private static void check(Pipeline pipeline, Tail.Residual residual) {
      Quantizer quantizer = pipeline.quantizer();
      if (!quantizer.decodes() || quantizer.locality() != Quantizer.Locality.ROW) {
        throw new IllegalArgumentException(
            "Refined keys need a quantizer that decodes and codes each token by itself; "
                + quantizer.spec()
                + " does not; set another quantizer or do not refine keys.");
      }
      pipeline
          .distance()
          .incompatibility(residual.quantizer())
          .ifPresent(
              reason -> {
                throw new IllegalArgumentException(
                    "Refined keys need a distance that reads the second tier's codes, too; set others"
                        + " or do not refine keys: "
                        + reason);
              });
    }

    /** A plan without screening and tail. */
    public Sparse(Pipeline pipeline, Budget budget, int sinks, int recent, GroupRule groupRule) {
      this(pipeline, budget, sinks, recent, groupRule, new Screen.None(), new Tail.None());
    }

    /**
     * Whether the layer attends densely until the sequence has reached its calibration length
     * ({@link KvView#calibrationLength}): for the quantiser's sake, or for the mean of the values
     * that the first page of a tail starts from.
     */
    public boolean needsCalibration() {
      return pipeline.quantizer().needsCalibration() || !(tail instanceof Tail.None);
    }

    /** The same plan with another budget. */
    public Sparse withBudget(Budget other) {
      return new Sparse(pipeline, other, sinks, recent, groupRule, screen, tail);
    }
  }

  /** How query heads that share a KV head select. */
  enum GroupRule {
    /** Each query head selects for itself. */
    PER_QUERY_HEAD,
    /**
     * One selection per KV head, from the best score of the group: the smallest of {@code score ·
     * step} where scores estimate the logit, else the smallest score; NaN where any head's is.
     */
    SHARED;

    /** A parameter named {@code group}, read by {@link #of}. */
    public static Parameter parameter() {
      return Parameter.choice(
          "group",
          List.of("per-query-head", "shared"),
          "Whether the query heads of a KV head select separately or together.");
    }

    /** The value of {@link #parameter}. */
    public static GroupRule of(Settings settings) {
      return settings.text("group").equals("shared") ? SHARED : PER_QUERY_HEAD;
    }
  }
}
