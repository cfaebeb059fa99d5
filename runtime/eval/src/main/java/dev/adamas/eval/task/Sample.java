package dev.adamas.eval.task;

import java.util.List;

/** One prompt and what is measured on it. Every policy starts from a fork of the same prompt. */
public interface Sample {

  /** The tokens that are read with full attention. */
  int[] prompt();

  /**
   * Tokens that are given while decoding, whatever the policy answers; with the prompt they are
   * what tells samples apart.
   */
  List<int[]> given();

  /**
   * Decodes under the policy and scores.
   *
   * @param decoding a fork that has read the prompt
   */
  Outcome run(Decoding decoding);
}
