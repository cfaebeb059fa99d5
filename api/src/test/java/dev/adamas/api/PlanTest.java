package dev.adamas.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class PlanTest {

  private static final Pipeline RANKING = pipeline(Distance.Meaning.RANK, Optional.empty());

  @Test
  void specsAreValues() {
    ComponentSpec spec = ComponentSpec.of("bucket", 1, Map.of("thresholds", "sigma", "bits", "2"));
    assertThat(spec).hasToString("bucket@1(bits=2,thresholds=sigma)");
    assertThat(spec.is("bucket", 1)).isTrue();
    assertThat(spec.is("bucket", 2)).isFalse();
    assertThatThrownBy(() -> ComponentSpec.of("Bucket", 1)).hasMessageContaining("lower-case");
    assertThatThrownBy(() -> ComponentSpec.of("bucket", 0)).hasMessageContaining("start at 1");
  }

  @Test
  void pipelinesAreEqualWhereTheirSpecsAre() {
    assertThat(RANKING).isEqualTo(pipeline(Distance.Meaning.RANK, Optional.empty()));
    assertThat(RANKING).hasToString("t@1 > q@1 > d@1 > s@1");
  }

  @Test
  void pipelineRefusesADistanceThatCannotReadTheCodes() {
    assertThatThrownBy(() -> pipeline(Distance.Meaning.RANK, Optional.of("d@1 cannot read q@1.")))
        .hasMessage("d@1 cannot read q@1.");
  }

  @Test
  void tailAndTopPNeedLogitEstimates() {
    Tail means = new Tail.PageMeans(64, true, Optional.of(residual(new Budget.Tokens(256))));
    assertThatThrownBy(() -> sparse(RANKING, new Budget.Tokens(64), means))
        .hasMessageContaining("only ranks");
    assertThatThrownBy(() -> sparse(RANKING, new Budget.TopP(0.9, 64), new Tail.None()))
        .hasMessageContaining("only ranks");
    Pipeline estimating = pipeline(Distance.Meaning.LOGIT, Optional.empty());
    assertThat(sparse(estimating, new Budget.TopP(0.9, 64), means).tail()).isEqualTo(means);
    assertThat(sparse(estimating, new Budget.Tokens(64), means).needsCalibration()).isTrue();
    assertThat(sparse(estimating, new Budget.Tokens(64), new Tail.None()).needsCalibration())
        .isFalse();
    Pipeline pages =
        new Pipeline(
            new NoTransform(),
            new NoQuantizer(16, false),
            new NoDistance(Distance.Meaning.LOGIT, _ -> Optional.empty()),
            new NoSelector());
    assertThatThrownBy(() -> sparse(pages, new Budget.Tokens(64), means))
        .hasMessageContaining("a code of q@1 covers 16 tokens");
  }

  @Test
  void valueCodesMustGiveValuesBack() {
    Budget share = new Budget.Fraction(1.0 / 32, 256, 4096);
    assertThat(residual(share)).isEqualTo(residual(share)).isNotEqualTo(residual(LEAST));
    assertThat(residual(share)).hasToString("t@1 > q@1 for 3.125%:256:4096");
    assertThat(residual(share).tokens().limit(8192)).isEqualTo(256);
    assertThat(residual(share).tokens().limit(32768)).isEqualTo(1024);
    assertThatThrownBy(() -> residual(new Budget.TopP(0.5, 9)))
        .hasMessageContaining("not the top-p budget top-p:0.5:9");
    assertThatThrownBy(
            () -> new Tail.Residual(new NoTransform(), new NoQuantizer(1, false), false, LEAST))
        .hasMessageContaining("q@1 does not");
    assertThatThrownBy(
            () -> new Tail.Residual(new NoTransform(), new NoQuantizer(2, true), false, LEAST))
        .hasMessageContaining("q@1 does not");
    assertThatThrownBy(
            () -> new Tail.Residual(new OneWay(), new NoQuantizer(1, true), false, LEAST))
        .hasMessageContaining("one-way@1 cannot");
  }

  @Test
  void refinedKeysArePartOfWhatAResidualIs() {
    Tail.Residual refining = refining();
    assertThat(refining).hasToString("t@1 > q@1, keys too, for 1");
    assertThat(refining).isEqualTo(refining()).hasSameHashCodeAs(refining());
    assertThat(refining).isNotEqualTo(residual(LEAST));
    assertThat(residual(LEAST)).hasToString("t@1 > q@1 for 1");
  }

  @Test
  void refinedKeysNeedCodesThatDecodeAndADistanceThatReadsBoth() {
    Tail refined = new Tail.PageMeans(64, true, Optional.of(refining()));
    Tail values = new Tail.PageMeans(64, true, Optional.of(residual(LEAST)));
    Budget budget = new Budget.Tokens(64);
    Pipeline decoding = estimating(new NoQuantizer(1, true));
    assertThat(sparse(decoding, budget, refined).tail()).isEqualTo(refined).isNotEqualTo(values);

    Pipeline blind = estimating(new NoQuantizer(1, false));
    assertThatThrownBy(() -> sparse(blind, budget, refined))
        .hasMessage(
            "Refined keys need a quantizer that decodes and codes each token by itself; q@1 does"
                + " not; set another quantizer or do not refine keys.");
    assertThat(sparse(blind, budget, values).tail()).isEqualTo(values);
    Pipeline whole = estimating(new NoQuantizer("whole", 1, true, Quantizer.Locality.SEQUENCE));
    assertThatThrownBy(() -> sparse(whole, budget, refined))
        .hasMessageContaining("whole@1 does not; set another quantizer");
    assertThat(sparse(whole, budget, values).tail()).isEqualTo(values);

    Quantizer own = new NoQuantizer("own", 1, true, Quantizer.Locality.ROW);
    Pipeline reading =
        new Pipeline(
            new NoTransform(),
            own,
            new NoDistance(
                Distance.Meaning.LOGIT,
                other ->
                    other.spec().is("own", 1)
                        ? Optional.empty()
                        : Optional.of("d@1 cannot read that.")),
            new NoSelector());
    assertThatThrownBy(() -> sparse(reading, budget, refined))
        .hasMessage(
            "Refined keys need a distance that reads the second tier's codes, too; set others or do"
                + " not refine keys: d@1 cannot read that.");
    assertThat(sparse(reading, budget, values).tail()).isEqualTo(values);
  }

  @Test
  void stagesThatGiveNothingBackSaySo() {
    MemorySegment none = MemorySegment.ofArray(new byte[0]);
    assertThatThrownBy(() -> new OneWay().invert(none, 1, 8, none))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("one-way@1");
    assertThatThrownBy(() -> new NoQuantizer(1, false).decode(none, 1, 8, none))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("q@1");
  }

  private static final Budget LEAST = new Budget.Tokens(1);

  private static Tail.Residual residual(Budget tokens) {
    return new Tail.Residual(new NoTransform(), new NoQuantizer(1, true), false, tokens);
  }

  private static Tail.Residual refining() {
    return new Tail.Residual(new NoTransform(), new NoQuantizer(1, true), true, LEAST);
  }

  @Test
  void forcedTokensCountInsideTheBudget() {
    assertThatThrownBy(
            () ->
                new LayerPlan.Sparse(
                    RANKING, new Budget.Tokens(8), 4, 5, LayerPlan.GroupRule.PER_QUERY_HEAD))
        .hasMessage(
            "4 sinks and 5 recent tokens exceed the budget of 8; raise the budget or force fewer tokens.");
  }

  @Test
  void shapesMustDivide() {
    assertThat(ModelShape.of(2, 9, 3, 64).groupSize()).isEqualTo(3);
    assertThatThrownBy(() -> ModelShape.of(2, 9, 2, 64)).hasMessageContaining("evenly");
    assertThatThrownBy(() -> new ModelShape(1, 1, 1, 1, Float.NaN))
        .hasMessageContaining("positive");
  }

  private static LayerPlan.Sparse sparse(Pipeline pipeline, Budget budget, Tail tail) {
    return new LayerPlan.Sparse(
        pipeline, budget, 0, 0, LayerPlan.GroupRule.PER_QUERY_HEAD, new Screen.None(), tail);
  }

  private static Pipeline pipeline(Distance.Meaning meaning, Optional<String> incompatibility) {
    return new Pipeline(
        new NoTransform(),
        new NoQuantizer(1, false),
        new NoDistance(meaning, _ -> incompatibility),
        new NoSelector());
  }

  private static Pipeline estimating(Quantizer quantizer) {
    return new Pipeline(
        new NoTransform(),
        quantizer,
        new NoDistance(Distance.Meaning.LOGIT, _ -> Optional.empty()),
        new NoSelector());
  }

  private record NoTransform() implements Transform {
    @Override
    public ComponentSpec spec() {
      return ComponentSpec.of("t", 1);
    }

    @Override
    public int outputDim(int dim) {
      return dim;
    }

    @Override
    public void apply(MemorySegment source, int rows, int dim, MemorySegment target) {}

    @Override
    public boolean invertible() {
      return true;
    }
  }

  private record OneWay() implements Transform {
    @Override
    public ComponentSpec spec() {
      return ComponentSpec.of("one-way", 1);
    }

    @Override
    public int outputDim(int dim) {
      return dim;
    }

    @Override
    public void apply(MemorySegment source, int rows, int dim, MemorySegment target) {}
  }

  private record NoQuantizer(String id, int rowsPerCode, boolean decodes, Locality locality)
      implements Quantizer {
    NoQuantizer(int rowsPerCode, boolean decodes) {
      this("q", rowsPerCode, decodes, rowsPerCode == 1 ? Locality.ROW : Locality.PAGE);
    }

    @Override
    public ComponentSpec spec() {
      return ComponentSpec.of(id, 1);
    }

    @Override
    public int codeBytes(int dim) {
      return dim;
    }

    @Override
    public boolean needsCalibration() {
      return false;
    }

    @Override
    public Quantizer calibrate(Transform transform, MemorySegment rows, int count, int keyDim) {
      return this;
    }

    @Override
    public void encode(MemorySegment rows, int count, int dim, MemorySegment codes) {}
  }

  private record NoDistance(Meaning meaning, Function<Quantizer, Optional<String>> problem)
      implements Distance {
    @Override
    public ComponentSpec spec() {
      return ComponentSpec.of("d", 1);
    }

    @Override
    public Optional<String> incompatibility(Quantizer quantizer) {
      return problem.apply(quantizer);
    }

    @Override
    public int queryBytes(Quantizer quantizer, int dim) {
      return dim;
    }

    @Override
    public void prepareQuery(
        Quantizer quantizer, MemorySegment query, int dim, MemorySegment prepared) {}

    @Override
    public void score(
        Quantizer quantizer,
        MemorySegment prepared,
        MemorySegment codes,
        int count,
        int dim,
        MemorySegment scores) {}

    @Override
    public float step(Quantizer quantizer, MemorySegment prepared, int dim) {
      return 1;
    }

    @Override
    public float offset(Quantizer quantizer, MemorySegment prepared, int dim) {
      return 0;
    }
  }

  private record NoSelector() implements Selector {
    @Override
    public ComponentSpec spec() {
      return ComponentSpec.of("s", 1);
    }

    @Override
    public int select(MemorySegment scores, int count, int budget, MemorySegment selected) {
      return 0;
    }
  }
}
