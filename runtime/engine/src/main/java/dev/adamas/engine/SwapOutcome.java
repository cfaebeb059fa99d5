package dev.adamas.engine;

/** How a {@link Swap} ended. */
public sealed interface SwapOutcome {

  /** The new policy stays, and nothing of the old one is left. */
  record Completed() implements SwapOutcome {}

  /**
   * It failed. Before {@link SwapState#CUTOVER} nothing has changed; at it, the reason says which
   * sessions had changed already.
   *
   * @param state what it was doing
   * @param reason a full sentence
   */
  record Failed(SwapState state, String reason) implements SwapOutcome {}

  /**
   * At least one sequence went back to the policy before, because that was asked for or because the
   * new one kept throwing.
   *
   * @param reason a full sentence
   */
  record RolledBack(String reason) implements SwapOutcome {}

  /**
   * It was cancelled and has changed nothing.
   *
   * @param state what it was doing
   */
  record Cancelled(SwapState state) implements SwapOutcome {}
}
