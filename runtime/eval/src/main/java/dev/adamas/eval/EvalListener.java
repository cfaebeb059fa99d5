package dev.adamas.eval;

/** Hears how a run gets on. Called on the thread that runs it. */
public interface EvalListener {

  /**
   * How far a run is.
   *
   * @param results results there are, earlier ones included
   * @param total results there will be
   * @param share of this process's work that is done, from 0 to 1, by an estimate of what prompts
   *     and tokens cost
   * @param doing what happens now, in a few words
   */
  record Progress(int results, int total, double share, String doing) {}

  /** Something was done. */
  void progress(Progress progress);

  /** Whether the run is to end early; asked after every token and chunk of a prompt. */
  boolean stopped();
}
