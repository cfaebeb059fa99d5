package dev.adamas.backend.vector;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import dev.adamas.api.Pipeline;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Stage;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Which kernel scores a plan's codes, and how an index lays them out for it. Kernels are chosen by
 * the meaning of stages, {@link ComponentSpec}, never by their classes.
 */
final class ScorePlan {

  /** Makes the scorer of one worker. */
  private interface Maker {
    ScoreCodes make(int heads);
  }

  private final CodeLayout layout;
  private final Maker maker;
  private final boolean fusedDistance;
  private final boolean fusedSelector;
  private final boolean readsKeys;

  private ScorePlan(
      CodeLayout layout,
      Maker maker,
      boolean fusedDistance,
      boolean fusedSelector,
      boolean readsKeys) {
    this.layout = layout;
    this.maker = maker;
    this.fusedDistance = fusedDistance;
    this.fusedSelector = fusedSelector;
    this.readsKeys = readsKeys;
  }

  static ScorePlan of(LayerPlan.Sparse plan, ModelShape shape) {
    Pipeline pipeline = plan.pipeline();
    int dim = pipeline.transform().outputDim(shape.headDim());
    boolean fusedSelector = pipeline.selector().spec().equals(SparsePlans.TOP_K);
    Quantizer quantizer = pipeline.quantizer();
    int codeBytes = quantizer.codeBytes(dim);
    ComponentSpec distance = pipeline.distance().spec();
    ComponentSpec bucket = quantizer.spec();
    // Kernels score bit planes in groups of 64 coordinates; bytes of them are counted up to 256.
    if (bucket.is("bucket", 1) && dim % 64 == 0 && dim <= 256) {
      int bits = Integer.parseInt(bucket.params().getOrDefault("bits", "0"));
      boolean scaled = !bucket.params().getOrDefault("scale", "").equals("none");
      boolean odd = bucket.params().getOrDefault("levels", "").equals("odd");
      if (WordPlanes.fits(bits, dim)) {
        WordPlanes words = new WordPlanes(dim, scaled);
        Optional<ScoreWords.Form> form = form(distance);
        if (form.isPresent()) {
          int inner = odd ? 1 : 3;
          int outer = odd ? 3 : 10;
          return new ScorePlan(
              words,
              heads -> {
                ScoreWords scorer = new ScoreWords(words, heads, form.get(), inner, outer);
                // A distance of codes knows no scales.
                return form.get() == ScoreWords.Form.MANHATTAN ? scorer : scaled(scorer, words);
              },
              true,
              fusedSelector,
              false);
        }
      }
      CodePlanes planes = new CodePlanes(bits, dim, scaled);
      Optional<Maker> scorer =
          switch (bits) {
            case 1 -> oneBit(distance, planes);
            case 2 -> twoBits(distance, planes, odd);
            default -> Optional.empty();
          };
      if (scorer.isPresent()) {
        return new ScorePlan(planes, scorer.get(), true, fusedSelector, false);
      }
    }
    if (quantizer.spec().is("page-min-max", 1)
        && distance.equals(ComponentSpec.of("page-bound", 1))
        && dim % PartialSums.PARTS == 0) {
      return new ScorePlan(
          new CodeRows(codeBytes), heads -> new ScorePages(dim, heads), true, fusedSelector, false);
    }
    // Without a transform the codes of rows@1 are the keys, so that an index would only repeat
    // them.
    if (pipeline.transform().spec().equals(ComponentSpec.of("identity", 1))
        && quantizer.spec().equals(ComponentSpec.of("rows", 1))
        && distance.equals(ComponentSpec.of("inner-product", 1))
        && dim % PartialSums.PARTS == 0) {
      return new ScorePlan(
          new CodeRows(codeBytes), heads -> new ScoreKeys(dim, heads), true, fusedSelector, true);
    }
    return new ScorePlan(
        new CodeRows(codeBytes),
        heads -> new ScoreStaged(pipeline.distance(), dim, codeBytes, heads),
        false,
        fusedSelector,
        false);
  }

  private static Optional<ScoreWords.Form> form(ComponentSpec distance) {
    if (distance.equals(ComponentSpec.of("manhattan", 1))) {
      return Optional.of(ScoreWords.Form.MANHATTAN);
    }
    if (distance.equals(ComponentSpec.of("code-dot", 1))) {
      return Optional.of(ScoreWords.Form.CODE_DOT);
    }
    return queryBits(distance) == 3 ? Optional.of(ScoreWords.Form.INT4) : Optional.empty();
  }

  private static Optional<Maker> oneBit(ComponentSpec distance, CodePlanes planes) {
    int query = queryBits(distance);
    if (query > 0) {
      return Optional.of(
          heads ->
              scaled(new ScoreSigned(planes, heads, ScoreSigned.Form.INTEGERS, query, 1), planes));
    }
    if (distance.equals(ComponentSpec.of("code-dot", 1))) {
      return Optional.of(
          heads -> scaled(new ScoreSigned(planes, heads, ScoreSigned.Form.SIGNS, 1, 1), planes));
    }
    if (distance.equals(ComponentSpec.of("manhattan", 1))
        || distance.equals(ComponentSpec.of("l2", 1))) {
      return Optional.of(heads -> new ScoreSigned(planes, heads, ScoreSigned.Form.BITS, 1, 1));
    }
    return Optional.empty();
  }

  private static Optional<Maker> twoBits(ComponentSpec distance, CodePlanes planes, boolean odd) {
    int inner = odd ? 1 : 3;
    int outer = odd ? 3 : 10;
    int query = queryBits(distance);
    if (query > 0) {
      float high = (outer + inner) / 2f;
      float low = (outer - inner) / 2f;
      return Optional.of(
          heads ->
              scaled(
                  new ScoreSigned(planes, heads, ScoreSigned.Form.INTEGERS, query, high, low),
                  planes));
    }
    if (distance.equals(ComponentSpec.of("manhattan", 1))) {
      return Optional.of(heads -> new ScoreManhattan(planes, heads));
    }
    if (distance.equals(ComponentSpec.of("code-dot", 1))) {
      return Optional.of(heads -> scaled(new ScoreCodeDot(planes, heads, inner, outer), planes));
    }
    return Optional.empty();
  }

  /** Magnitude bits of an asymmetric distance's integer query, 0 for other distances. */
  static int queryBits(ComponentSpec distance) {
    if (!distance.is("asymmetric", 1)) {
      return 0;
    }
    return switch (distance.params().getOrDefault("query", "")) {
      case "int4" -> 3;
      case "int8" -> 7;
      default -> 0;
    };
  }

  private static ScoreCodes scaled(ScoreCodes levels, CodeLayout layout) {
    return layout.scaled() ? new ScoreScaled(levels, layout) : levels;
  }

  CodeLayout layout() {
    return layout;
  }

  ScoreCodes scorer(int heads) {
    return maker.make(heads);
  }

  /** Whether {@link SelectSmallest} is the plan's selector. */
  boolean fusedSelector() {
    return fusedSelector;
  }

  /** Whether scores are computed from the cache's keys, without an index. */
  boolean readsKeys() {
    return readsKeys;
  }

  /** The kinds of stage that run in this backend's own kernels. */
  Set<Stage.Kind> fused() {
    Set<Stage.Kind> fused = EnumSet.of(Stage.Kind.ATTENTION);
    if (fusedDistance) {
      fused.add(Stage.Kind.DISTANCE);
    }
    if (fusedSelector) {
      fused.add(Stage.Kind.SELECTOR);
    }
    return fused;
  }
}
