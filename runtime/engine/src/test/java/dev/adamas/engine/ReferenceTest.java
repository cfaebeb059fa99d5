package dev.adamas.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReferenceTest {

  @Test
  void readsNamesVersionsAndNestedReferences() {
    Reference reference =
        Reference.parse(
            " adamas-dot@2 ( budget = 64 , distance=asymmetric@1(query=int4, x=y(z=1)),sinks=4) ");
    assertThat(reference.id()).isEqualTo("adamas-dot");
    assertThat(reference.version()).isEqualTo(OptionalInt.of(2));
    assertThat(reference.options())
        .isEqualTo(
            Map.of("budget", "64", "distance", "asymmetric@1(query=int4, x=y(z=1))", "sinks", "4"));
  }

  @Test
  void valuesMayHoldCommas() {
    assertThat(Reference.parse("bucket(t=-10,0,10,bits=2)").options())
        .isEqualTo(Map.of("t", "-10,0,10", "bits", "2"));
    assertThat(Reference.parse("x(a=1,)").options()).isEqualTo(Map.of("a", "1,"));
    assertThat(Reference.parse("x(a=\"1, b=2)\", c=3)").options())
        .isEqualTo(Map.of("a", "1, b=2)", "c", "3"));
    assertThat(Reference.parse("x(a=y(b=\"(\"),c=3)").options())
        .isEqualTo(Map.of("a", "y(b=\"(\")", "c", "3"));
  }

  @Test
  void emptyParenthesesSetNothing() {
    assertThat(Reference.parse("full()")).isEqualTo(Reference.of("full"));
    assertThat(Reference.parse("full( )")).hasToString("full");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "Full | expected a name in lower-case words joined by hyphens at character 1.",
        "`` | expected a name in lower-case words joined by hyphens at character 1.",
        "full@0 | expected a version number such as 1 at character 6.",
        "full@ | expected a version number such as 1 at character 6.",
        "full x | expected the end of the reference at character 6.",
        "full(64) | expected key=value at character 6.",
        "full(budget=) | expected a value at character 13.",
        "full(budget=64 | expected ')' at character 15.",
        "full(a=b(c=d) | expected ')' at character 14.",
        "full(a=b(c=d | expected ')' 2 times at character 13.",
        "full(a=1)) | expected the end of the reference at character 10.",
        "full(a=\"1) | expected a closing double quote at character 11."
      })
  void saysWhereAndWhatItExpected(String text, String message) {
    assertThatThrownBy(() -> Reference.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("'" + text + "' is not a reference such as adamas(budget=64): " + message);
  }

  @Test
  void aKeySetTwiceIsAMistake() {
    assertThatThrownBy(() -> Reference.parse("full(a=1, a=2)"))
        .hasMessage("'full(a=1, a=2)' sets a twice, the second time at character 10; keep one.");
  }

  @Test
  void textReadsBack() {
    Randomness random = Randomness.fresh();
    String alphabet = "ab1=,() -.@";
    for (int round = 0; round < 5000; round++) {
      Map<String, String> options = new TreeMap<>();
      for (int i = random.below(3); i > 0; i--) {
        StringBuilder value = new StringBuilder();
        for (int n = random.below(8); n > 0; n--) {
          value.append(alphabet.charAt(random.below(alphabet.length())));
        }
        options.put("k" + i, value.toString());
      }
      Reference reference = Reference.of("x", options);
      assertThat(Reference.parse(reference.toString())).isEqualTo(reference);
      Reference outer = Reference.of("y", Map.of("inner", reference.toString()));
      assertThat(Reference.parse(outer.toString())).isEqualTo(outer);
    }
  }

  @Test
  void hostileTextIsRefusedQuickly() {
    String deep = "x(a=".repeat(50_000);
    assertThatThrownBy(() -> Reference.parse(deep)).isInstanceOf(IllegalArgumentException.class);
    String commas = "x(a=" + ",".repeat(50_000) + ")";
    assertThat(Reference.parse(commas).options().get("a")).hasSize(50_000);
  }
}
