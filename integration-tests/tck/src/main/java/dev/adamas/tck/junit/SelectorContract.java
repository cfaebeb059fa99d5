package dev.adamas.tck.junit;

import dev.adamas.api.Selector;
import dev.adamas.tck.Check;
import dev.adamas.tck.SelectorChecks;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What a selector must do. Extend it with one method:
 *
 * {@snippet :
 * class MySelectorTest extends SelectorContract {
 *   @Override
 *   protected Selector selector() {
 *     return new MySelector();
 *   }
 * }
 * }
 */
@SuppressWarnings("exports") // whoever runs tests has JUnit; the command line has not
public abstract class SelectorContract {

  /** For subclasses. */
  protected SelectorContract() {}

  /** Makes the selector, with the same settings at each call. */
  protected abstract Selector selector();

  private List<Check> checks() {
    return SelectorChecks.of(this::selector);
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

  /**
   * Selects at least one and at most the budget of the codes there are, and all of them where the
   * budget covers them.
   */
  @Test
  public final void withinBudget() {
    Run.named(checks(), "within-budget");
  }

  /** Writes ordinals in ascending order, each once. */
  @Test
  public final void ascending() {
    Run.named(checks(), "ascending");
  }

  /** Gives ties to the lowest ordinals. */
  @Test
  public final void tiesLowestFirst() {
    Run.named(checks(), "ties-lowest-first");
  }

  /** Selects no NaN while there are numbers to select. */
  @Test
  public final void nanLast() {
    Run.named(checks(), "nan-last");
  }

  /** Always selects codes of negative infinity, which is how sinks and recent tokens are forced. */
  @Test
  public final void forcedFirst() {
    Run.named(checks(), "forced-first");
  }
}
