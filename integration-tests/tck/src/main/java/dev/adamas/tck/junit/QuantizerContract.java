package dev.adamas.tck.junit;

import dev.adamas.api.Quantizer;
import dev.adamas.tck.Check;
import dev.adamas.tck.QuantizerChecks;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What a quantiser must do. Extend it with one method:
 *
 * {@snippet :
 * class MyQuantizerTest extends QuantizerContract {
 *   @Override
 *   protected Quantizer quantizer() {
 *     return new MyQuantizer();
 *   }
 * }
 * }
 */
@SuppressWarnings("exports") // whoever runs tests has JUnit; the command line has not
public abstract class QuantizerContract {

  /** For subclasses. */
  protected QuantizerContract() {}

  /** Makes the quantiser, with the same settings at each call. */
  protected abstract Quantizer quantizer();

  private List<Check> checks() {
    return QuantizerChecks.of(this::quantizer);
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

  /** Has codes for a dimension, or says in an IllegalArgumentException which it has. */
  @Test
  public final void dimensions() {
    Run.named(checks(), "dimensions");
  }

  /** Encodes a block as it encodes each of its rows or pages, bit for bit. */
  @Test
  public final void pagesOneByOne() {
    Run.named(checks(), "pages-one-by-one");
  }

  /** Says truthfully what a code depends on: its row, its page or the sequence. */
  @Test
  public final void locality() {
    Run.named(checks(), "locality");
  }

  /** Calibrates on the set of rows, in whatever order they come, to an immutable copy. */
  @Test
  public final void calibration() {
    Run.named(checks(), "calibration");
  }

  /** Encodes as the buckets say that it states, bit for bit. */
  @Test
  public final void buckets() {
    Run.named(checks(), "buckets");
  }

  /**
   * Rebuilds rows from codes better than not at all where it says that it decodes, and throws
   * UnsupportedOperationException where it does not.
   */
  @Test
  public final void decodes() {
    Run.named(checks(), "decodes");
  }
}
