package dev.adamas.model.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Finds the tokens that a text may name. Longer names win wherever they occur, then earlier
 * occurrences: each name is looked for in what the longer ones left over.
 */
final class SpecialTokens {
  /** Token {@code token} is named by the bytes from {@code from} to before {@code to}. */
  record Occurrence(int from, int to, int token) {}

  private static final class Name {
    private final int token;
    private final byte[] text;

    /** Whether the name is ordinary text, to be found in every text. */
    private final boolean literal;

    Name(int token, byte[] text, boolean literal) {
      this.token = token;
      this.text = text;
      this.literal = literal;
    }
  }

  private final List<Name> names;

  SpecialTokens(Vocabulary vocabulary) {
    names =
        IntStream.range(0, vocabulary.size())
            .filter(t -> isSpecial(vocabulary.type(t)) && vocabulary.texts().get(t).length > 0)
            .mapToObj(
                t ->
                    new Name(
                        t, vocabulary.texts().get(t), vocabulary.type(t) == TokenType.USER_DEFINED))
            .sorted(Comparator.comparingInt((Name n) -> n.text.length).reversed())
            .toList();
  }

  private static boolean isSpecial(TokenType type) {
    return type == TokenType.CONTROL || type == TokenType.USER_DEFINED || type == TokenType.UNKNOWN;
  }

  /**
   * The occurrences in a text, in order, without overlap.
   *
   * @param parse whether to find control and unknown tokens too, not only user-defined ones
   */
  List<Occurrence> find(byte[] text, boolean parse) {
    boolean[] present = new boolean[256];
    for (byte b : text) {
      present[b & 0xff] = true;
    }
    List<Occurrence> found = new ArrayList<>();
    for (Name name : names) {
      if ((parse || name.literal) && allPresent(name.text, present)) {
        found = withName(text, found, name);
      }
    }
    return found;
  }

  /** Whether a name can occur at all: most texts lack even the first character of most names. */
  private static boolean allPresent(byte[] name, boolean[] present) {
    for (byte b : name) {
      if (!present[b & 0xff]) {
        return false;
      }
    }
    return true;
  }

  private static List<Occurrence> withName(byte[] text, List<Occurrence> found, Name name) {
    List<Occurrence> result = new ArrayList<>();
    int from = 0;
    for (Occurrence known : found) {
      addAll(text, from, known.from, name, result);
      result.add(known);
      from = known.to;
    }
    addAll(text, from, text.length, name, result);
    return result;
  }

  private static void addAll(byte[] text, int from, int to, Name name, List<Occurrence> result) {
    byte[] wanted = name.text;
    int at = from;
    while (at + wanted.length <= to) {
      if (text[at] == wanted[0]
          && Arrays.equals(text, at, at + wanted.length, wanted, 0, wanted.length)) {
        result.add(new Occurrence(at, at + wanted.length, name.token));
        at += wanted.length;
      } else {
        at++;
      }
    }
  }
}
