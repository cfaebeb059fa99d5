package dev.adamas.eval.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TasksTest {

  private static final Optional<NamedText> HAYSTACK =
      Optional.of(new NamedText("hay", "It was a bright cold day. The clocks struck ten."));
  private static final List<NamedText> TEXTS = List.of(new NamedText("text", "Call me Ishmael."));

  private final Tokenizer tokenizer = EmbeddedTokenizer.load();

  private List<String> notices(
      Optional<NamedText> haystack, List<NamedText> texts, String... names) {
    var options = new TaskOptions(haystack, texts, Optional.empty(), 128, List.of());
    return Tasks.of(List.of(names), options, tokenizer, 1, 1).notices();
  }

  @Test
  void noticesInputThatNoTaskUses() {
    String text = "--text is not used: only the tasks perplexity, selection read it.";
    String haystack =
        "--haystack is not used: only the tasks passkey, multikey, niah-multivalue,"
            + " niah-multiquery, variable-tracking hide things in it, and perplexity, selection"
            + " read it where there is no --text.";
    assertThat(notices(HAYSTACK, TEXTS, "common-words")).containsExactly(text, haystack);
    assertThat(notices(HAYSTACK, TEXTS, "passkey")).containsExactly(text);
    assertThat(notices(HAYSTACK, TEXTS, "selection")).containsExactly(haystack);
    assertThat(notices(HAYSTACK, TEXTS, "multikey", "perplexity")).isEmpty();
    assertThat(notices(HAYSTACK, List.of(), "perplexity")).isEmpty();
    var folder =
        new TaskOptions(Optional.empty(), List.of(), Optional.of(Path.of("bench")), 128, List.of());
    assertThat(Tasks.of(List.of("passkey"), folder, tokenizer, 1, 1).notices())
        .containsExactly("--longbench is not used: only the task longbench reads it.");
  }
}
