package dev.adamas.engine;

/** What a {@link Swap} does, in this order. A failure before {@link #CUTOVER} changes nothing. */
public enum SwapState {
  /** The policy is made from its reference, and the sessions are found. */
  RESOLVE,
  /** Plans are asked for, backends are asked for kernels, kernels are compiled. */
  PROBE,
  /** Indexes are built from the cached keys and values, while the sequences go on. */
  BUILD,
  /** The new kernels attend a few times into the void, so that they are compiled and in caches. */
  WARM,
  /** The candidate selects beside the live policy and is measured against it; only if asked for. */
  SHADOW,
  /** Tokens that came meanwhile are brought in. */
  CATCH_UP,
  /** Between two steps of each sequence, the new policy takes over. */
  CUTOVER,
  /** The old policy is kept, so that going back is as cheap as the change was. */
  GRACE,
  /** No step uses the old policy any more. */
  DRAIN,
  /** The old indexes are freed, the old kernels released. */
  RETIRE,
  /** It is checked that nothing of them is left. */
  VERIFY
}
