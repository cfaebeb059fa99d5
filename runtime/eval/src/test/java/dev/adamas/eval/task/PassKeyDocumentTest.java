package dev.adamas.eval.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class PassKeyDocumentTest {

  /** Roughly what a tokenizer does: pieces of up to four letters, single digits and marks. */
  private static final Pattern PIECES =
      Pattern.compile(" ?\\p{L}{1,4}|\\p{N}|\\s| ?[^\\s\\p{L}\\p{N}]");

  private static int count(String text) {
    Matcher matcher = PIECES.matcher(text);
    int count = 0;
    while (matcher.find()) {
      count++;
    }
    return count;
  }

  @Test
  void hasExactlyTheTokensAskedForAndHidesTheKeyOnce() {
    var keys = new HashSet<String>();
    for (int tokens : new int[] {256, 257, 511, 512, 1000, 8192}) {
      for (long seed = 0; seed < 25; seed++) {
        PassKeyDocument document =
            PassKeyDocument.generate(tokens, seed, PassKeyDocumentTest::count);
        keys.add(document.key());
        assertThat(count(document.text())).isEqualTo(tokens);
        assertThat(document.key()).matches("[1-9]\\d{4}");
        int at =
            document.text().indexOf("\n\nThe pass key is " + document.key() + ". Remember it.");
        assertThat(at).isPositive();
        assertThat(document.text().replace(document.key(), "")).doesNotContainPattern("\\d");
        assertThat(count(document.text().substring(0, at)))
            .isEqualTo(Math.round(document.depth() * tokens));
        assertThat(document.depth()).isBetween(0.1, 0.9);
      }
    }
    assertThat(keys).as("each seed has its own key").hasSizeGreaterThan(20);
  }

  @Test
  void isTheSameForTheSameSeed() {
    assertThat(PassKeyDocument.generate(600, 7, PassKeyDocumentTest::count))
        .isEqualTo(PassKeyDocument.generate(600, 7, PassKeyDocumentTest::count))
        .isNotEqualTo(PassKeyDocument.generate(600, 8, PassKeyDocumentTest::count));
  }

  @Test
  void refusesToHideAKeyInAFewWords() {
    assertThatThrownBy(() -> PassKeyDocument.generate(255, 1, PassKeyDocumentTest::count))
        .hasMessage(
            "A document of 255 tokens is too short to hide a pass key in; use at least 256.");
  }
}
