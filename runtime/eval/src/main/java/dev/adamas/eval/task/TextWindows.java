package dev.adamas.eval.task;

import dev.adamas.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Windows of texts: they go round the texts and lie spread evenly over each, all shifted by what
 * the run's seed says, so that another seed looks at other places.
 */
final class TextWindows {

  private final Tokenizer tokenizer;
  private final List<NamedText> texts;
  private final List<int[]> encoded = new ArrayList<>();
  private final Haystack.Source haystack;
  private final int samples;
  private final double shift;

  /**
   * @param texts windows of these; where there are none, each sample's own haystack is the text
   * @param samples how many windows there will be
   * @param seed of the run
   */
  TextWindows(
      Tokenizer tokenizer,
      List<NamedText> texts,
      Haystack.Source haystack,
      int samples,
      long seed) {
    this.tokenizer = tokenizer;
    this.texts = List.copyOf(texts);
    this.haystack = haystack;
    this.samples = samples;
    shift = new SplittableRandom(seed).nextDouble();
  }

  /**
   * Makes sure that every text that has a window is long enough for it.
   *
   * @throws IllegalArgumentException where one is not
   */
  void check(int tokens) {
    for (int which = 0; which < Math.min(samples, texts.size()); which++) {
      int[] text = encoded(which);
      if (text.length < tokens) {
        throw new IllegalArgumentException(
            "The text '%s' has %d tokens, fewer than the %d of a window; name a longer one or ask for a shorter context."
                .formatted(texts.get(which).name(), text.length, tokens));
      }
    }
  }

  /**
   * So many consecutive tokens; the model's begin token takes the first one's place.
   *
   * @param tokens that {@link #check} has found in the texts
   */
  int[] window(int tokens, int sample, long seed) {
    int[] window = texts.isEmpty() ? story(tokens, seed) : cut(tokens, sample);
    if (tokenizer.addsBegin()) {
      tokenizer.beginToken().ifPresent(token -> window[0] = token);
    }
    return window;
  }

  private int[] story(int tokens, long seed) {
    Haystack story = haystack.apply(seed);
    int[] window = new int[tokens];
    int have = 0;
    for (String separator = ""; have < tokens; separator = " ") {
      int[] sentence = tokenizer.encode(separator + story.sentence());
      int taken = Math.min(sentence.length, tokens - have);
      System.arraycopy(sentence, 0, window, have, taken);
      have += taken;
    }
    return window;
  }

  private int[] cut(int tokens, int sample) {
    int which = sample % texts.size();
    int[] text = encoded(which);
    int windows = (samples - which + texts.size() - 1) / texts.size();
    int window = sample / texts.size();
    double place = (window + shift) / windows;
    int start = (int) (place * (text.length - tokens + 1));
    return java.util.Arrays.copyOfRange(text, start, start + tokens);
  }

  private int[] encoded(int which) {
    while (encoded.size() <= which) {
      encoded.add(tokenizer.encode(texts.get(encoded.size()).text()));
    }
    return encoded.get(which);
  }
}
