package dev.adamas.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import org.junit.jupiter.api.Test;

class HaystackTest {

  @Test
  void tellsTheSameStoryForTheSameSeed() {
    var one = new Haystack(5);
    var two = new Haystack(5);
    var other = new Haystack(6);
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
    var story = new Haystack(1);
    var seen = new HashSet<String>();
    for (int i = 0; i < 2000; i++) {
      String sentence = story.sentence();
      assertThat(sentence).matches("[A-Z\"][^\\d\\n]*\\.").doesNotContain("key");
      seen.add(sentence);
    }
    assertThat(seen).hasSizeGreaterThan(1950);
  }
}
