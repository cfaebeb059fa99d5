package dev.adamas.eval.task;

import java.util.List;

/** The sentences of a text in their order, round and round. */
final class TextHaystack implements Haystack {

  private final List<String> sentences;
  private int next;

  TextHaystack(List<String> sentences, int first) {
    this.sentences = sentences;
    next = first;
  }

  @Override
  public String sentence() {
    String sentence = sentences.get(next);
    next = (next + 1) % sentences.size();
    return sentence;
  }
}
