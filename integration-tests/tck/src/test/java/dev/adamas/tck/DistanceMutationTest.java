package dev.adamas.tck;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Distance;
import dev.adamas.api.Quantizer;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Each check of distances catches the distance that is broken where it looks. */
class DistanceMutationTest {

  private static void scale(MemorySegment segment, long from, int count, float factor) {
    for (long at = 4 * from; at < 4 * (from + count); at += 4) {
      segment.set(JAVA_FLOAT_UNALIGNED, at, segment.get(JAVA_FLOAT_UNALIGNED, at) * factor);
    }
  }

  /** Exact products, for subclasses to break in one place. */
  static class BrokenDistance implements Distance {
    private static final Distance BASE = Components.builtIn().get(Distance.class, "code-dot");

    @Override
    public ComponentSpec spec() {
      return ComponentSpec.of("broken", 1);
    }

    @Override
    public Meaning meaning() {
      return Meaning.LOGIT;
    }

    @Override
    public Optional<String> incompatibility(Quantizer quantizer) {
      return BASE.incompatibility(quantizer);
    }

    @Override
    public int queryBytes(Quantizer quantizer, int dim) {
      return BASE.queryBytes(quantizer, dim);
    }

    @Override
    public void prepareQuery(
        Quantizer quantizer, MemorySegment query, int dim, MemorySegment prepared) {
      BASE.prepareQuery(quantizer, query, dim, prepared);
    }

    @Override
    public void score(
        Quantizer quantizer,
        MemorySegment prepared,
        MemorySegment codes,
        int count,
        int dim,
        MemorySegment scores) {
      BASE.score(quantizer, prepared, codes, count, dim, scores);
    }

    @Override
    public float step(Quantizer quantizer, MemorySegment prepared, int dim) {
      return BASE.step(quantizer, prepared, dim);
    }

    @Override
    public float offset(Quantizer quantizer, MemorySegment prepared, int dim) {
      return BASE.offset(quantizer, prepared, dim);
    }
  }

  private static void distanceCaught(
      Supplier<? extends Distance> mutant, String by, String... mayAlso) {
    Mutants.caught(DistanceChecks.of(mutant, List.of()), by, mayAlso);
  }

  @Test
  void distancesThatPreferTheFarthest() {
    distanceCaught(
        () ->
            new BrokenDistance() {
              @Override
              public void score(
                  Quantizer quantizer,
                  MemorySegment prepared,
                  MemorySegment codes,
                  int count,
                  int dim,
                  MemorySegment scores) {
                super.score(quantizer, prepared, codes, count, dim, scores);
                scale(scores, 0, count, -1);
              }
            },
        "meaning");
  }

  @Test
  void distancesThatRankButHaveASteps() {
    distanceCaught(
        () ->
            new BrokenDistance() {
              @Override
              public Meaning meaning() {
                return Meaning.RANK;
              }
            },
        "meaning");
  }

  @Test
  void distancesThatScoreBlocksDifferently() {
    distanceCaught(
        () ->
            new BrokenDistance() {
              @Override
              public void score(
                  Quantizer quantizer,
                  MemorySegment prepared,
                  MemorySegment codes,
                  int count,
                  int dim,
                  MemorySegment scores) {
                super.score(quantizer, prepared, codes, count, dim, scores);
                scale(scores, 0, 1, count > 8 ? 1.001f : 1);
              }
            },
        "codes-one-by-one");
  }

  @Test
  void distancesThatDoNotSayWhatTheyRead() {
    distanceCaught(
        () ->
            new BrokenDistance() {
              @Override
              public Optional<String> incompatibility(Quantizer quantizer) {
                return super.incompatibility(quantizer).map(_ -> "no");
              }
            },
        "says-what-it-reads");
  }
}
