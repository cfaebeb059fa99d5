package dev.adamas.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Words worked out by hand from the regular expressions. */
class PreTokenizerTest {
  @Test
  void gpt2() {
    assertWords(PreTokenizer.GPT2, "Hello world", "Hello", " world");
    assertWords(PreTokenizer.GPT2, "I'm we'll 'S'x", "I", "'m", " we", "'ll", " '", "S", "'", "x");
    assertWords(PreTokenizer.GPT2, "a  b", "a", " ", " b");
    assertWords(PreTokenizer.GPT2, "a   ", "a", "   ");
    assertWords(PreTokenizer.GPT2, "a\n\n b", "a", "\n\n", " b");
    assertWords(PreTokenizer.GPT2, "a\tb", "a", "\t", "b");
    assertWords(PreTokenizer.GPT2, "x=12345;", "x", "=", "12345", ";");
    assertWords(PreTokenizer.GPT2, "e\u0301!", "e", "\u0301!");
    assertWords(PreTokenizer.GPT2, "½ Ⅷ東京", "½", " Ⅷ", "東京");
    assertWords(PreTokenizer.GPT2, "a\u00a0\u00a0b", "a", "\u00a0", "\u00a0", "b");
  }

  @Test
  void smollmTakesNumbersOutFirst() {
    assertWords(PreTokenizer.SMOLLM, "a 12b", "a", " ", "1", "2", "b");
    assertWords(PreTokenizer.SMOLLM, "a  1", "a", "  ", "1");
    assertWords(PreTokenizer.SMOLLM, "½½", "½", "½");
  }

  @Test
  void llama3() {
    assertWords(PreTokenizer.LLAMA3, "12345", "123", "45");
    assertWords(PreTokenizer.LLAMA3, "I'M'LL", "I", "'M", "'LL");
    assertWords(PreTokenizer.LLAMA3, "(foo)\n\nbar", "(foo", ")\n\n", "bar");
    assertWords(PreTokenizer.LLAMA3, "a \n \n  b", "a", " \n \n", " ", " b");
    assertWords(PreTokenizer.LLAMA3, "a \t", "a", " \t");
    assertWords(PreTokenizer.LLAMA3, "\tb 1", "\tb", " ", "1");
    assertWords(PreTokenizer.LLAMA3, " !x", " !", "x");
  }

  @Test
  void qwen2() {
    assertWords(PreTokenizer.QWEN2, "12 34", "1", "2", " ", "3", "4");
    assertWords(PreTokenizer.QWEN2, "Don't\r\n", "Don", "'t", "\r\n");
  }

  /** llama.cpp knows Unicode 15.1: to it, letters of later versions are none. */
  @Test
  void youngLettersAreNone() {
    assertThat(CharClass.of(0x1c89)).isEqualTo(CharClass.OTHER);
    assertThat(CharClass.of(0x16d70)).isEqualTo(CharClass.OTHER);
    assertThat(CharClass.of(0x2ebf0)).isEqualTo(CharClass.LETTER);
    assertThat(CharClass.of(0x85)).isEqualTo(CharClass.SPACE);
    assertThat(CharClass.of(0x1c)).isEqualTo(CharClass.OTHER);
    assertThat(CharClass.of(0x200b)).isEqualTo(CharClass.OTHER);
  }

  private static void assertWords(PreTokenizer preTokenizer, String text, String... words) {
    int[] codePoints = text.codePoints().toArray();
    IntList ends = new IntList(8);
    preTokenizer.split(new PreTokenizer.Characters(codePoints), ends);
    List<String> actual = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < ends.size(); i++) {
      actual.add(new String(codePoints, from, ends.get(i) - from));
      from = ends.get(i);
    }
    assertThat(actual).containsExactly(words);
  }
}
