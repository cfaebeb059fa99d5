package dev.adamas.eval.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class HaystackTest {

  @Test
  void tellsTheSameStoryForTheSameSeed() {
    var one = Haystack.generated().apply(5);
    var two = Haystack.generated().apply(5);
    var other = Haystack.generated().apply(6);
    boolean differs = false;
    for (int i = 0; i < 100; i++) {
      String sentence = one.sentence();
      assertThat(two.sentence()).isEqualTo(sentence);
      differs |= !other.sentence().equals(sentence);
    }
    assertThat(differs).isTrue();
  }

  @Test
  void hardlyRepeatsItselfAndHasNoDigits() {
    var story = Haystack.generated().apply(1);
    var seen = new HashSet<String>();
    for (int i = 0; i < 2000; i++) {
      String sentence = story.sentence();
      assertThat(sentence).matches("[A-Z\"][^\\d\\n]*\\.").doesNotContain("key");
      seen.add(sentence);
    }
    assertThat(seen).hasSizeGreaterThan(1950);
  }

  @Test
  void goesRoundATextFromAPlaceThatTheSeedChooses() {
    Haystack.Source source =
        Haystack.of("It rained.  \"Again?\" asked Mr. X.\nNo one\nanswered! So.");
    var sentences = List.of("It rained.", "\"Again?\" asked Mr.", "X.", "No one answered!", "So.");
    var firsts = new HashSet<String>();
    for (long seed = 0; seed < 40; seed++) {
      Haystack story = source.apply(seed);
      String first = story.sentence();
      firsts.add(first);
      for (int i = 1; i < 12; i++) {
        int expected = (sentences.indexOf(first) + i) % sentences.size();
        assertThat(story.sentence()).isEqualTo(sentences.get(expected));
      }
    }
    assertThat(firsts).hasSize(sentences.size());
  }

  @Test
  void refusesAnEmptyText() {
    assertThatThrownBy(() -> Haystack.of(" \n"))
        .hasMessage("The haystack has no text; name a file with sentences.");
  }
}
