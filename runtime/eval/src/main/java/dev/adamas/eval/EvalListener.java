package dev.adamas.eval;

import java.util.OptionalDouble;

/** Hears how a run gets on. Called on the thread that runs it. */
public interface EvalListener {

  /**
   * How far a run is.
   *
   * @param results results there are, earlier ones included
   * @param total results there will be
   * @param secondsLeft estimated from what prompts and results took so far; empty while that is too
   *     little to judge by
   * @param doing what happens now, in a few words
   */
  record Progress(int results, int total, OptionalDouble secondsLeft, String doing) {}

  /** Something was done. */
  void progress(Progress progress);

  /** Whether the run is to end early; asked after every token and chunk of a prompt. */
  boolean stopped();
}
