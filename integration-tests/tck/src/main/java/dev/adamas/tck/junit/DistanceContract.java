package dev.adamas.tck.junit;

import dev.adamas.api.Distance;
import dev.adamas.api.Quantizer;
import dev.adamas.tck.Check;
import dev.adamas.tck.DistanceChecks;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What a distance must do. Extend it with one method:
 *
 * {@snippet :
 * class MyDistanceTest extends DistanceContract {
 *   @Override
 *   protected Distance distance() {
 *     return new MyDistance();
 *   }
 * }
 * }
 */
@SuppressWarnings("exports") // whoever runs tests has JUnit; the command line has not
public abstract class DistanceContract {

  /** For subclasses. */
  protected DistanceContract() {}

  /** Makes the distance, with the same settings at each call. */
  protected abstract Distance distance();

  /** Quantisers whose codes it is checked with beside the built-in ones. */
  protected List<Quantizer> quantizers() {
    return List.of();
  }

  private List<Check> checks() {
    return DistanceChecks.of(this::distance, quantizers());
  }

  /** Has a spec that depends on its settings alone. */
  @Test
  public final void sameSettingsSameSpec() {
    Run.named(checks(), "same-settings-same-spec");
  }

  /** Gives the same bits however often it is called, also by another instance. */
  @Test
  public final void deterministic() {
    Run.named(checks(), "deterministic");
  }

  /** Takes native memory and Java arrays, aligned and not, with the same result. */
  @Test
  public final void anyMemory() {
    Run.named(checks(), "any-memory");
  }

  /** Writes all of its output and nothing beside it, and never writes into its input. */
  @Test
  public final void wholeOutput() {
    Run.named(checks(), "whole-output");
  }

  /** Keeps nothing of a call after it returns. */
  @Test
  public final void retainsNothing() {
    Run.named(checks(), "retains-nothing");
  }

  /** Gives the same bits when several threads call it at once. */
  @Test
  public final void parallelUse() {
    Run.named(checks(), "parallel-use");
  }

  /** Starts no thread that outlives its calls. */
  @Test
  public final void leavesNoThread() {
    Run.named(checks(), "leaves-no-thread");
  }

  /** Reads the codes of some quantiser, and says in a full sentence why not of another. */
  @Test
  public final void saysWhatItReads() {
    Run.named(checks(), "says-what-it-reads");
  }

  /** Scores a block of codes as it scores each of them, bit for bit. */
  @Test
  public final void codesOneByOne() {
    Run.named(checks(), "codes-one-by-one");
  }

  /**
   * Estimates the logit by (offset - score · step) · scale where it says so, and throws
   * UnsupportedOperationException from step and offset where it only ranks.
   */
  @Test
  public final void meaning() {
    Run.named(checks(), "meaning");
  }
}
