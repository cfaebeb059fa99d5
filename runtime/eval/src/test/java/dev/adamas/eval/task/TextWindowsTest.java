package dev.adamas.eval.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.model.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class TextWindowsTest {

  private final Tokenizer tokenizer = EmbeddedTokenizer.load();

  /** Words that say where they stand. */
  private static NamedText counting(String name, int words) {
    return new NamedText(
        name, IntStream.range(0, words).mapToObj(i -> name + i).collect(Collectors.joining(" ")));
  }

  private TextWindows windows(int samples, long seed, NamedText... texts) {
    return new TextWindows(tokenizer, List.of(texts), Haystack.generated(), samples, seed);
  }

  private int start(NamedText text, int[] window) {
    List<Integer> all = Arrays.stream(tokenizer.encode(text.text())).boxed().toList();
    return Collections.indexOfSubList(all, Arrays.stream(window).boxed().toList());
  }

  @Test
  void lieSpreadEvenlyOverEachTextInTurn() {
    NamedText one = counting("x", 900);
    NamedText two = counting("y", 500);
    TextWindows windows = windows(5, 7, one, two);
    int[] starts = new int[5];
    for (int i = 0; i < 5; i++) {
      NamedText text = i % 2 == 0 ? one : two;
      int[] window = windows.window(200, i, 99);
      assertThat(window).hasSize(200);
      starts[i] = start(text, window);
      int places = tokenizer.encode(text.text()).length - 199;
      int of = i % 2 == 0 ? 3 : 2;
      assertThat(starts[i] * of / places).as("its part of the text").isEqualTo(i / 2);
    }
    assertThat(starts[2] - starts[0]).isCloseTo(starts[4] - starts[2], Offset.offset(1));
    assertThat(start(one, windows(5, 8, one, two).window(200, 0, 99)))
        .as("another seed looks elsewhere")
        .isNotEqualTo(starts[0]);
  }

  @Test
  void areAStoryWhereThereIsNoText() {
    int[] window = windows(2, 7).window(300, 0, 5);
    assertThat(window).hasSize(300).isEqualTo(windows(2, 7).window(300, 0, 5));
    assertThat(window).isNotEqualTo(windows(2, 7).window(300, 0, 6));
  }

  @Test
  void refuseATextThatIsTooShort() {
    NamedText text = counting("x", 10);
    NamedText enough = counting("y", 500);
    int tokens = tokenizer.encode(text.text()).length;
    assertThatThrownBy(() -> windows(2, 1, enough, text).check(500))
        .hasMessage(
            "The text 'x' has %d tokens, fewer than the 500 of a window; name a longer one or ask for a shorter context."
                .formatted(tokens));
    windows(1, 1, enough, text).check(500); // has no window of the second text
    windows(2, 1, enough, text).check(tokens);
    assertThatThrownBy(() -> windows(2, 1, enough, text).check(tokens + 1)).isNotNull();
  }
}
