package dev.adamas.model.tokenizer;

import static dev.adamas.model.tokenizer.CharClass.LETTER;
import static dev.adamas.model.tokenizer.CharClass.NUMBER;
import static dev.adamas.model.tokenizer.CharClass.OTHER;
import static dev.adamas.model.tokenizer.CharClass.SPACE;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How byte-level BPE cuts text into words, within which alone it merges. Models define it by a
 * regular expression; these are the same, written out, because a backtracking matcher overflows its
 * stack on a word of a million letters.
 */
enum PreTokenizer {
  /** {@code 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+}. */
  GPT2("gpt-2") {
    @Override
    void split(Characters text, IntList ends) {
      splitGpt2(text, 0, text.size(), ends);
    }
  },

  /** Every number on its own first, then {@link #GPT2} on what lies between, separately. */
  SMOLLM("smollm") {
    @Override
    void split(Characters text, IntList ends) {
      int from = 0;
      for (int i = 0; i <= text.size(); i++) {
        if (i == text.size() || text.isClass(i, NUMBER)) {
          splitGpt2(text, from, i, ends);
          if (i < text.size()) {
            ends.add(i + 1);
          }
          from = i + 1;
        }
      }
    }
  },

  /**
   * {@code (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
   * ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+}. A word that is a token is not merged.
   */
  LLAMA3("llama-bpe") {
    @Override
    void split(Characters text, IntList ends) {
      splitLlama3(text, 3, ends);
    }
  },

  /** As {@link #LLAMA3}, with numbers one by one. */
  QWEN2("qwen2") {
    @Override
    void split(Characters text, IntList ends) {
      splitLlama3(text, 1, ends);
    }
  };

  /** Characters and their classes. */
  static final class Characters {
    private final int[] codePoints;
    private final byte[] classes;

    Characters(int[] codePoints) {
      this.codePoints = codePoints;
      this.classes = new byte[codePoints.length];
      for (int i = 0; i < classes.length; i++) {
        classes[i] = CharClass.of(codePoints[i]);
      }
    }

    int size() {
      return codePoints.length;
    }

    boolean isClass(int i, byte wanted) {
      return classes[i] == wanted;
    }

    /** The first index from {@code i} on, before {@code to}, that is of another class. */
    int endOfRun(int i, int to, byte wanted) {
      int end = i;
      while (end < to && classes[end] == wanted) {
        end++;
      }
      return end;
    }
  }

  private final String fileName;

  PreTokenizer(String fileName) {
    this.fileName = fileName;
  }

  /** Adds the index after each word; together the words are the whole text. */
  abstract void split(Characters text, IntList ends);

  /** The name that GGUF files use for it. */
  String fileName() {
    return fileName;
  }

  /** The one that a GGUF file names; empty if none is known by that name. */
  static Optional<PreTokenizer> of(String name) {
    return switch (name) {
      case "gpt-2" -> Optional.of(GPT2);
      case "smollm" -> Optional.of(SMOLLM);
      case "llama-bpe", "llama3", "llama-v3" -> Optional.of(LLAMA3);
      case "qwen2", "deepseek-r1-qwen" -> Optional.of(QWEN2);
      default -> Optional.empty();
    };
  }

  /** The names that GGUF files use, for messages. */
  static String fileNames() {
    return Arrays.stream(values()).map(PreTokenizer::fileName).collect(Collectors.joining(", "));
  }

  private static void splitGpt2(Characters text, int from, int to, IntList ends) {
    int[] c = text.codePoints;
    int i = from;
    while (i < to) {
      int end = contraction(c, i, to, false);
      if (end == i) {
        // A space joins the run that follows it, unless that is spaces again.
        int first = c[i] == ' ' && i + 1 < to ? i + 1 : i;
        byte run = text.classes[first];
        end = run == SPACE ? endOfSpaces(text, i, to) : text.endOfRun(first, to, run);
      }
      ends.add(end);
      i = end;
    }
  }

  private static void splitLlama3(Characters text, int maxDigits, IntList ends) {
    int[] c = text.codePoints;
    int to = text.size();
    int i = 0;
    while (i < to) {
      int end = contraction(c, i, to, true);
      if (end == i) {
        end = llama3Word(text, i, to, maxDigits);
      }
      ends.add(end);
      i = end;
    }
  }

  private static int llama3Word(Characters text, int i, int to, int maxDigits) {
    int[] c = text.codePoints;
    byte[] classes = text.classes;
    if (classes[i] == NUMBER) {
      return text.endOfRun(i, Math.min(to, i + maxDigits), NUMBER);
    }
    if (classes[i] == LETTER || (!isLineEnd(c[i]) && i + 1 < to && classes[i + 1] == LETTER)) {
      return text.endOfRun(i + 1, to, LETTER);
    }
    int first = c[i] == ' ' && i + 1 < to ? i + 1 : i;
    if (classes[first] == OTHER) {
      int end = text.endOfRun(first, to, OTHER);
      while (end < to && isLineEnd(c[end])) {
        end++;
      }
      return end;
    }
    // Spaces: up to the last line end among them, if there is one.
    int end = text.endOfRun(i, to, SPACE);
    for (int j = end; j > i; j--) {
      if (isLineEnd(c[j - 1])) {
        return j;
      }
    }
    return endOfSpaces(text, i, to);
  }

  /** The end of a run of spaces, less the last one if a word follows that it may belong to. */
  private static int endOfSpaces(Characters text, int i, int to) {
    int end = text.endOfRun(i, to, SPACE);
    return end < to && end - i > 1 ? end - 1 : end;
  }

  /** The end of a contraction such as {@code 'll} at {@code i}, or {@code i}. */
  private static int contraction(int[] c, int i, int to, boolean anyCase) {
    if (c[i] != '\'' || i + 1 >= to) {
      return i;
    }
    int first = anyCase ? lower(c[i + 1]) : c[i + 1];
    if (first == 's' || first == 't' || first == 'm' || first == 'd') {
      return i + 2;
    }
    if (i + 2 < to) {
      int second = anyCase ? lower(c[i + 2]) : c[i + 2];
      if ((first == 'r' && second == 'e')
          || (first == 'v' && second == 'e')
          || (first == 'l' && second == 'l')) {
        return i + 3;
      }
    }
    return i;
  }

  private static int lower(int c) {
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
  }

  private static boolean isLineEnd(int c) {
    return c == '\r' || c == '\n';
  }
}
