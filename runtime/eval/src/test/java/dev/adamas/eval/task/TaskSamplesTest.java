package dev.adamas.eval.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.model.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the prompts of the tasks say, read back from their tokens. */
class TaskSamplesTest {

  private static final Pattern SECRET =
      Pattern.compile("The secret number of the (\\w+) is (\\d{5})\\.");

  private final Tokenizer tokenizer = EmbeddedTokenizer.load();

  private Task task(String name, TaskOptions options) {
    return Tasks.of(List.of(name), options, tokenizer, 4, 1).tasks().getFirst();
  }

  private Task task(String name) {
    return task(name, TaskOptions.defaults());
  }

  /** Everything a sample gives to the model. */
  private String text(Sample sample) {
    StringBuilder text = new StringBuilder(tokenizer.decode(sample.prompt()));
    sample.given().forEach(tokens -> text.append(tokenizer.decode(tokens)));
    return text.toString();
  }

  private static double score(Sample sample, String answer) {
    return ((AnswerSample) sample).judge().score().applyAsDouble(answer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "passkey",
        "multikey",
        "niah-multivalue",
        "niah-multiquery",
        "variable-tracking",
        "common-words",
        "frequent-words",
        "perplexity",
        "selection"
      })
  void fillTheContextAndNoMore(String name) {
    Task task = task(name);
    assertThat(task.name()).isEqualTo(name);
    for (int context : new int[] {task.fewestTokens(), 2048, 5000}) {
      for (int sample = 0; sample < 4; sample++) {
        Sample made = task.sample(context, sample, 11 * sample + context);
        int tokens = made.prompt().length + task.decodedTokens();
        boolean words = name.endsWith("words");
        assertThat(tokens)
            .as("context %d, sample %d", context, sample)
            .isBetween(context - (words ? 400 : 16), context + 1);
        Sample again = task.sample(context, sample, 11 * sample + context);
        assertThat(again.prompt()).isEqualTo(made.prompt());
        assertThat(task.sample(context, sample, 12345).prompt()).isNotEqualTo(made.prompt());
      }
    }
  }

  @Test
  void passKeyLiesAtItsDepthAndOnlyItselfIsRight() {
    Task task =
        task(
            "passkey",
            new TaskOptions(
                Optional.empty(), List.of(), Optional.empty(), 128, List.of(0.0, 0.25, 1.0)));
    double[] wanted = {0.02, 0.25, 0.98, 0.02};
    for (int i = 0; i < 4; i++) {
      Sample sample = task.sample(4096, i, i);
      String text = text(sample);
      Matcher matcher =
          Pattern.compile("The pass key is (\\d{5})\\. Remember it\\. \\1 is the pass key\\.")
              .matcher(text);
      assertThat(matcher.find()).isTrue();
      assertThat(text).endsWith("\n\nWhat is the pass key? The pass key is");
      double depth = (double) tokenizer.encode(text.substring(0, matcher.start())).length / 4096;
      assertThat(depth).isBetween(wanted[i] - 0.02, wanted[i] + 0.02);
      assertThat(((AnswerSample) sample).judge().details().get("depth"))
          .isBetween(depth - 0.005, depth + 0.005);
      assertThat(score(sample, " " + matcher.group(1) + ".")).isOne();
      assertThat(score(sample, " " + matcher.group(1) + "1")).isZero();
      assertThat(score(sample, " The " + matcher.group(1))).isZero();
    }
  }

  @Test
  void depthsSpreadEvenlyWhereNoneAreAskedFor() {
    var needles = new Needles(tokenizer, Haystack.generated(), List.of());
    int[] tenths = new int[10];
    for (int i = 0; i < 100; i++) {
      tenths[(int) (10 * needles.depth(i, 3))]++;
    }
    assertThat(Arrays.stream(tenths).min().orElse(0)).isGreaterThan(7);
  }

  private Map<String, List<String>> secrets(String text) {
    Map<String, List<String>> secrets = new HashMap<>();
    for (MatchResult result : SECRET.matcher(text).results().toList()) {
      secrets.merge(
          result.group(1),
          List.of(result.group(2)),
          (a, b) -> Stream.concat(a.stream(), b.stream()).toList());
    }
    return secrets;
  }

  @Test
  void multiKeyAsksForOneOfFour() {
    Sample sample = task("multikey").sample(1500, 2, 5);
    String text = text(sample);
    Map<String, List<String>> secrets = secrets(text);
    assertThat(secrets).hasSize(4);
    String asked = text.replaceFirst("(?s).*The secret number of the (\\w+) is$", "$1");
    assertThat(secrets).containsKey(asked);
    secrets.forEach(
        (thing, numbers) ->
            assertThat(score(sample, numbers.getFirst())).isEqualTo(thing.equals(asked) ? 1 : 0));
  }

  @Test
  void multiValueAsksForAllFour() {
    Sample sample = task("niah-multivalue").sample(1500, 0, 5);
    List<String> numbers = secrets(text(sample)).values().iterator().next();
    assertThat(numbers).hasSize(4).doesNotHaveDuplicates();
    assertThat(score(sample, String.join(", ", numbers))).isOne();
    assertThat(score(sample, numbers.get(2) + " and " + numbers.get(0))).isEqualTo(0.5);
  }

  @Test
  void multiQueryAsksForEachInTurn() {
    Sample sample = task("niah-multiquery").sample(1500, 0, 5);
    assertThat(sample.given()).hasSize(4);
    Map<String, List<String>> secrets = secrets(tokenizer.decode(sample.prompt()));
    assertThat(secrets).hasSize(4);
    for (int[] question : sample.given().subList(1, 4)) {
      assertThat(secrets)
          .containsKey(
              tokenizer
                  .decode(question)
                  .replaceFirst("^ The secret number of the (\\w+) is$", "$1"));
    }
  }

  @Test
  void variableTrackingChainsFiveNames() {
    Sample sample = task("variable-tracking").sample(2000, 0, 5);
    String text = text(sample);
    String value = text.replaceFirst("(?s).*are assigned the value (\\d+), they are:$", "$1");
    Matcher first = Pattern.compile("VAR ([A-Z]{5}) = " + value).matcher(text);
    assertThat(first.find()).isTrue();
    StringBuilder chain = new StringBuilder(first.group(1));
    int at = first.end();
    for (String name = first.group(1); ; ) {
      Matcher next = Pattern.compile("VAR ([A-Z]{5}) = VAR " + name).matcher(text);
      if (!next.find(at)) {
        break;
      }
      name = next.group(1);
      at = next.end();
      chain.append(' ').append(name);
    }
    assertThat(chain.toString().split(" ", -1)).hasSize(5);
    assertThat(score(sample, chain.toString())).isOne();
    assertThat(score(sample, first.group(1))).isEqualTo(0.2);
  }

  @ParameterizedTest
  @ValueSource(ints = {2048, 6000})
  void commonWordsOccurTenTimesAsOften(int context) {
    Sample sample = task("common-words").sample(context, 0, 5);
    Map<String, Integer> counts = new HashMap<>();
    Pattern.compile("\\d+\\. ([a-z]{6})\\b")
        .matcher(text(sample))
        .results()
        .forEach(result -> counts.merge(result.group(1), 1, Integer::sum));
    int often = context >= 4096 ? 30 : 6;
    List<String> common =
        counts.entrySet().stream()
            .filter(e -> e.getValue() >= often)
            .map(Map.Entry::getKey)
            .toList();
    assertThat(common).hasSize(10);
    assertThat(score(sample, String.join(" ", common))).isOne();
    assertThat(score(sample, common.getFirst())).isEqualTo(0.1);
  }

  @Test
  void frequentWordsAreTheMostFrequentAfterTheDots() {
    for (int context : new int[] {512, 4096}) {
      Sample sample = task("frequent-words").sample(context, 0, 5);
      Map<String, Integer> counts = new HashMap<>();
      String text = text(sample);
      String list = text.substring(text.indexOf("coded words. "), text.indexOf("\nQuestion"));
      for (String word : list.substring("coded words. ".length()).split(" ", -1)) {
        counts.merge(word, 1, Integer::sum);
      }
      List<Map.Entry<String, Integer>> sorted =
          counts.entrySet().stream()
              .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
              .toList();
      assertThat(sorted.getFirst().getKey()).isEqualTo("....");
      assertThat(sorted.get(3).getValue()).isGreaterThan(sorted.get(4).getValue());
      String best =
          sorted.get(1).getKey() + ", " + sorted.get(2).getKey() + ", " + sorted.get(3).getKey();
      assertThat(score(sample, best)).isOne();
      assertThat(score(sample, sorted.get(4).getKey())).isZero();
    }
  }

  @Test
  void hideThingsInAGivenText() {
    var hay = new NamedText("hay", "It was a bright cold day in April. The clocks struck ten.");
    Task task =
        task(
            "passkey",
            new TaskOptions(Optional.of(hay), List.of(), Optional.empty(), 128, List.of(0.5)));
    Sample sample = task.sample(1000, 0, 9);
    assertThat(text(sample)).contains("bright cold day").doesNotContain("captain");
    assertThat(sample.prompt().length + task.decodedTokens()).isBetween(980, 1001);
  }

  @Test
  void refusesWhatDoesNotExistOrFit() {
    assertThatThrownBy(() -> task("nonsense"))
        .hasMessageStartingWith("There is no task 'nonsense'; there are passkey, multikey, ");
    assertThatThrownBy(() -> task("longbench"))
        .hasMessage(
            "The task longbench needs the folder with its JSONL files; add --longbench DIR.");
    assertThatThrownBy(
            () -> new TaskOptions(Optional.empty(), List.of(), Optional.empty(), 1, List.of(1.5)))
        .hasMessage("The depth 1.5 is no share of the document; use numbers from 0 to 1.");
  }

  @Test
  void refuseATextThatIsGivenTwice() {
    var one = new NamedText("one", "Call me Ishmael.\n");
    for (NamedText same :
        List.of(new NamedText("copy", "Call me Ishmael."), new NamedText("one", "Empty now."))) {
      List<NamedText> texts = List.of(one, new NamedText("other", "Loomings."), same);
      assertThatThrownBy(
              () -> new TaskOptions(Optional.empty(), texts, Optional.empty(), 1, List.of()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "The texts 'one' and '%s' are the same, which would count as twice the evidence; give each text once.",
              same.name());
    }
  }
}
