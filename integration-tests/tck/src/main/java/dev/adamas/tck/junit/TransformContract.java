package dev.adamas.tck.junit;

import dev.adamas.api.Transform;
import dev.adamas.tck.Check;
import dev.adamas.tck.TransformChecks;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What a transform must do. Extend it with one method:
 *
 * {@snippet :
 * class MyTransformTest extends TransformContract {
 *   @Override
 *   protected Transform transform() {
 *     return new MyTransform();
 *   }
 * }
 * }
 */
@SuppressWarnings("exports") // whoever runs tests has JUnit; the command line has not
public abstract class TransformContract {

  /** For subclasses. */
  protected TransformContract() {}

  /** Makes the transform, with the same settings at each call. */
  protected abstract Transform transform();

  private List<Check> checks() {
    return TransformChecks.of(this::transform);
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

  /** Has a form for a dimension, or says in an IllegalArgumentException which it has. */
  @Test
  public final void dimensions() {
    Run.named(checks(), "dimensions");
  }

  /** Transforms a block of rows as it transforms each of them, bit for bit. */
  @Test
  public final void rowsOneByOne() {
    Run.named(checks(), "rows-one-by-one");
  }

  /** Keeps dot products, up to rounding. */
  @Test
  public final void keepsProducts() {
    Run.named(checks(), "keeps-products");
  }

  /**
   * Gives rows and sums of rows back where it says that it can be inverted, and throws
   * UnsupportedOperationException where it cannot.
   */
  @Test
  public final void inverts() {
    Run.named(checks(), "inverts");
  }
}
