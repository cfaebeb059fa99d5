package dev.adamas.model.decoder;

/** Takes the logits of every token of a prompt, as perplexity needs them. */
@FunctionalInterface
public interface LogitsSink {
  /**
   * Takes one row; rows come in the order of the tokens.
   *
   * @param index of the token in the prompt
   * @param logits one per vocabulary entry; overwritten after the call
   */
  void accept(int index, float[] logits);
}
