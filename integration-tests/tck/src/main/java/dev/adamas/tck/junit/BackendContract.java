package dev.adamas.tck.junit;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComputeBackend;
import dev.adamas.tck.BackendChecks;
import dev.adamas.tck.Check;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What a backend must do. Extend it with one method:
 *
 * {@snippet :
 * class MyBackendTest extends BackendContract {
 *   @Override
 *   protected ComputeBackend backend() {
 *     return new MyBackend();
 *   }
 * }
 * }
 *
 * <p>The scalar backend is the oracle. Tests are skipped where the backend is {@linkplain
 * ComputeBackend#unavailable unavailable} on this machine.
 */
@SuppressWarnings("exports") // whoever runs tests has JUnit; the command line has not
public abstract class BackendContract {

  /** For subclasses. */
  protected BackendContract() {}

  /** Makes the backend, a fresh one at each call; the tests close it. */
  protected abstract ComputeBackend backend();

  /** Policies whose plans the backend is checked with beside the built-in ones. */
  protected List<AttentionPolicy> policies() {
    return List.of();
  }

  private List<Check> checks() {
    return BackendChecks.of(this::backend, policies());
  }

  /**
   * Selects the tokens that the scalar backend selects, bit for bit, over plans, number formats,
   * layouts and lengths.
   */
  @Test
  public final void sameSelection() {
    Run.named(checks(), "same-selection");
  }

  /** Computes the outputs of the scalar backend within the tolerance. */
  @Test
  public final void sameOutput() {
    Run.named(checks(), "same-output");
  }

  /** Gives ties to the lowest position, and reports positions in ascending order. */
  @Test
  public final void tiesLowestFirst() {
    Run.named(checks(), "ties-lowest-first");
  }

  /**
   * Selects no more than the budget and no more than there is, and attends densely where the budget
   * covers every token.
   */
  @Test
  public final void budget() {
    Run.named(checks(), "budget");
  }

  /** Always selects the sinks and the recent tokens, inside the budget. */
  @Test
  public final void forcedTokens() {
    Run.named(checks(), "forced-tokens");
  }

  /** Selects per query head or once per KV head, as the plan says. */
  @Test
  public final void groupRule() {
    Run.named(checks(), "group-rule");
  }

  /** Treats several query rows as causal: a row sees the tokens up to its own. */
  @Test
  public final void queryRows() {
    Run.named(checks(), "query-rows");
  }

  /** Gives the same bits when the same step is repeated, also by another kernel. */
  @Test
  public final void deterministic() {
    Run.named(checks(), "deterministic");
  }

  /** Gives a sequence the same bits alone and in a batch with others. */
  @Test
  public final void batchInvariance() {
    Run.named(checks(), "batch-invariance");
  }

  /**
   * Gives the same bits whether an index was built at once, token by token, or truncated and
   * appended to again.
   */
  @Test
  public final void appendEquivalence() {
    Run.named(checks(), "append-equivalence");
  }

  /**
   * Gives the same bits from token p on, whether the plan was used before p or swapped in at p, and
   * still does after more than a hundred steps.
   */
  @Test
  public final void swapEquivalence() {
    Run.named(checks(), "swap-equivalence");
  }

  /**
   * Gives the same selections, and outputs within the tolerance, wherever pages lie, however large
   * they are, and in every stride order.
   */
  @Test
  public final void pageLayout() {
    Run.named(checks(), "page-layout");
  }

  /** Never writes into the cache: pages may be read-only, and keep every byte. */
  @Test
  public final void readsOnly() {
    Run.named(checks(), "reads-only");
  }

  /**
   * Keeps nothing of a call after it returns: the next call may bring other memory, and the old one
   * is free.
   */
  @Test
  public final void retainsNothing() {
    Run.named(checks(), "retains-nothing");
  }

  /**
   * Writes every number of the output and nothing beside it, and leaves queries alone, in native
   * memory and in Java arrays.
   */
  @Test
  public final void wholeOutput() {
    Run.named(checks(), "whole-output");
  }

  /**
   * Tells the probe what each row selected and what the step read, once per slot, and no selection
   * that nobody asked for.
   */
  @Test
  public final void reportsStep() {
    Run.named(checks(), "reports-step");
  }

  /**
   * Refuses an index whose length or generation is not the cache's, and tokens that leave a gap,
   * with IllegalStateException.
   */
  @Test
  public final void staleIndex() {
    Run.named(checks(), "stale-index");
  }

  /**
   * Refuses an index of another kernel with IllegalArgumentException, and one whose arena is closed
   * with IllegalStateException.
   */
  @Test
  public final void foreignIndex() {
    Run.named(checks(), "foreign-index");
  }

  /** Gives an index the length and generation of the cache it was brought in line with. */
  @Test
  public final void indexFollows() {
    Run.named(checks(), "index-follows");
  }

  /** Needs no more bytes of index per token than its probe declared. */
  @Test
  public final void indexBytes() {
    Run.named(checks(), "index-bytes");
  }

  /** Has a spec that does not change, and closes more than once without complaint. */
  @Test
  public final void backendSpec() {
    Run.named(checks(), "backend-spec");
  }

  /**
   * Answers a probe the same each time, compiles what it accepted and refuses to compile what it
   * did not.
   */
  @Test
  public final void probeAndCompile() {
    Run.named(checks(), "probe-and-compile");
  }

  /** Rejects plans and shapes that it cannot run, in full sentences, and never by throwing. */
  @Test
  public final void rejectsWithReasons() {
    Run.named(checks(), "rejects-with-reasons");
  }

  /**
   * Recognises stages by their whole spec: another version, other parameters or an unknown id runs
   * as its own code or is rejected.
   */
  @Test
  public final void otherSpecs() {
    Run.named(checks(), "other-specs");
  }

  /** Gives the same bits on 1, 2, 3 and 4 workers, whichever worker does what. */
  @Test
  public final void workerCounts() {
    Run.named(checks(), "worker-counts");
  }

  /** Gives the same bits when several kernels and sequences of one backend run in parallel. */
  @Test
  public final void parallelUse() {
    Run.named(checks(), "parallel-use");
  }

  /** Leaves no thread running after it was closed. */
  @Test
  public final void leavesNoThread() {
    Run.named(checks(), "leaves-no-thread");
  }
}
