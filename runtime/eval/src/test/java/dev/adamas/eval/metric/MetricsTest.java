package dev.adamas.eval.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every expected value was worked out by hand from the metrics' published definitions. */
class MetricsTest {

  private static final Offset<Double> EXACTLY = within(1e-12);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // 2 of 3 words are right, 2 of 2 are found: 2 · 2/3 · 1 / (5/3)
        "The quick, brown fox | a Brown fox. | 0.8",
        "yes | Yes! | 1",
        "no | yes | 0",
        // Words are bags: 1 of 3 predicted, 1 of 1 expected.
        "no no no | no | 0.5",
        // 2 of 4 predicted and 2 of 3 expected: 2 · 1/2 · 2/3 / (7/6)
        "it was Paris France | Paris in France | 0.571428571428571428",
        // Articles alone leave no word.
        "the | the | 0",
        // Punctuation goes before articles do, and inside of words too.
        "a-b it's | ab its | 1",
      })
  void tokenF1(String prediction, String expected, double score) {
    assertThat(TokenF1.score(prediction, expected)).isEqualTo(score, EXACTLY);
  }

  @Test
  void rougeL() {
    // Longest common subsequence: the cat on mat (4 words); "the" counts once on each side:
    // prediction {the cat lay on mat}, expected {the cat sat on mat}.
    assertThat(RougeL.score("the cat lay on the mat", "the cat sat on the mat"))
        .isEqualTo(2 * 0.8 * 0.8 / (1.6 + 1e-8), EXACTLY);
    // Order counts: of "b a" only one word is common to "a b" in order.
    assertThat(RougeL.score("b a", "a b")).isEqualTo(2 * 0.5 * 0.5 / (1 + 1e-8), EXACTLY);
    // The union over sentences of the paper's example: w1 w2 w3 w5 of five words; the prediction
    // has eight different words.
    assertThat(RougeL.score("w1 w2 w6 w7 w8. w1 w3 w8 w9 w5", "w1 w2 w3 w4 w5"))
        .isEqualTo(2 * (4.0 / 8) * (4.0 / 5) / (4.0 / 8 + 4.0 / 5 + 1e-8), EXACTLY);
    assertThat(RougeL.score("nothing alike", "some words")).isZero();
    assertThat(RougeL.score("", "some words")).isZero();
    assertThat(RougeL.score("...", "some words")).isZero();
  }

  @Test
  void classification() {
    List<String> classes = List.of("Date", "Date of birth", "City", "Country");
    assertThat(Classification.score("Type: City", "City", classes)).isOne();
    assertThat(Classification.score("City or Country", "City", classes)).isEqualTo(0.5);
    assertThat(Classification.score("Country", "City", classes)).isZero();
    assertThat(Classification.score("", "City", classes)).isZero();
    // The shorter name is part of the expected one's and does not count.
    assertThat(Classification.score("Date of birth", "Date of birth", classes)).isOne();
    // The other way round it does.
    assertThat(Classification.score("Date of birth", "Date", classes)).isEqualTo(0.5);
  }

  @Test
  void numbers() {
    assertThat(NumberShare.count("There are 12", "12")).isOne();
    assertThat(NumberShare.count("12, no, 13, or 12 or 7", "12")).isEqualTo(0.5);
    assertThat(NumberShare.count("012", "12")).isZero();
    assertThat(NumberShare.count("none", "12")).isZero();
    assertThat(NumberShare.retrieval("Paragraph 3, not 4", "Paragraph 3")).isEqualTo(0.5);
    assertThat(NumberShare.retrieval("the 30th", "Paragraph 30")).isOne();
    assertThatThrownBy(() -> NumberShare.retrieval("3", "three"))
        .hasMessageContaining("names no paragraph such as 'Paragraph 12'");
  }

  @Test
  void editSimilarity() {
    assertThat(EditSimilarity.score("return x;", "return x;")).isOne();
    // Common subsequence of length 3 in 4 + 4 characters: 75 of 100.
    assertThat(EditSimilarity.score("abcd", "abxd")).isEqualTo(0.75);
    // 2 · 2 / 6 = 0.667, rounded to 67.
    assertThat(EditSimilarity.score("abc", "axc")).isEqualTo(0.67);
    assertThat(EditSimilarity.score("\n\n# first\n`x`\n// y\nz = 1\nz = 2", "z = 1")).isOne();
    assertThat(EditSimilarity.score("# only a comment", "z = 1")).isZero();
  }

  @Test
  void contained() {
    assertThat(Contained.share("Words: BADO, neka", List.of("bado", "Neka", "lifu", "zomo")))
        .isEqualTo(0.5);
    assertThat(Contained.share("", List.of("bado"))).isZero();
  }

  @Test
  void logLikelihood() {
    float[] logits = {0, (float) Math.log(3), Float.NEGATIVE_INFINITY};
    assertThat(LogLikelihood.negative(logits, 0)).isEqualTo(Math.log(4), within(1e-7));
    assertThat(LogLikelihood.negative(logits, 1)).isEqualTo(Math.log(4 / 3.0), within(1e-7));
    assertThat(LogLikelihood.negative(new float[] {1000, 1000}, 1))
        .isEqualTo(Math.log(2), within(1e-12));
  }
}
