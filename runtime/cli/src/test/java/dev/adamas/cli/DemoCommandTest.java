package dev.adamas.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DemoCommandTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir private Path folder;

  @Test
  void comparesPoliciesOnOneDocument() throws IOException {
    Path file = folder.resolve("demo.json");
    var console = new Captured("");
    assertThat(
            console.run(
                "demo",
                "--context",
                "1024",
                "--budget",
                "64",
                "--seed",
                "5",
                "--json",
                file.toString()))
        .as(console.err())
        .isZero();

    JsonNode report = JSON.readTree(Files.readString(file));
    assertThat(report.propertyNames())
        .containsExactly(
            "model", "contextTokens", "seed", "backend", "threads", "prefillMs", "results");
    assertThat(report.get("contextTokens").asInt()).isEqualTo(1024);
    assertThat(report.get("seed").asInt()).isEqualTo(5);
    assertThat(report.get("results").valueStream().map(r -> r.get("policy").asString()))
        .containsExactly("full", "adamas", "adamas-dot", "adamas-tail", "quest", "streaming-llm");
    long full = report.get("results").get(0).get("kvBytesReadPerToken").asLong();
    // 8 layers, 2 KV heads, keys and values of 64 fp16 numbers, for the 1024 + 7 tokens before.
    assertThat(full).isEqualTo(8L * 2 * 2 * 64 * 2 * (1024 + Contestant.ANSWER_TOKENS));
    for (JsonNode result : report.get("results")) {
      assertThat(result.propertyNames())
          .containsExactly(
              "policy",
              "budget",
              "answer",
              "expected",
              "correct",
              "decodeMsPerToken",
              "attentionMsPerToken",
              "kvBytesReadPerToken");
      String policy = result.get("policy").asString();
      assertThat(result.get("expected").asString()).matches("[1-9]\\d{4}");
      assertThat(result.get("correct").asBoolean())
          .isEqualTo(result.get("answer").equals(result.get("expected")));
      if (List.of("full", "adamas-dot", "adamas-tail", "quest").contains(policy)) {
        assertThat(result.get("correct").asBoolean()).as(policy).isTrue();
      }
      if (policy.equals("streaming-llm")) {
        assertThat(result.get("correct").asBoolean()).as(policy).isFalse();
      }
      assertThat(result.get("budget").isNull()).isEqualTo(policy.equals("full"));
      if (!policy.equals("full")) {
        assertThat(result.get("budget").asInt()).isEqualTo(64);
        assertThat(result.get("kvBytesReadPerToken").asLong()).isLessThan(full / 2);
      }
      assertThat(result.get("decodeMsPerToken").asDouble())
          .isGreaterThan(result.get("attentionMsPerToken").asDouble());
      assertThat(result.get("attentionMsPerToken").asDouble()).isPositive();
    }

    assertThat(console.out())
        .contains("A document of 1024 tokens hides the pass key")
        .containsPattern("(?m)^full +all +\\d{5} +right +")
        .containsPattern("(?m)^adamas-dot +64 +\\d{5} +right +")
        .containsPattern("2 of 8 layers stay dense and take about [\\d.]+ ms")
        .containsPattern("(?m)^Medians of \\d+ tokens on cpu-vector, \\d+ threads, after \\d+ s");
    assertThat(console.err())
        .contains("Reading")
        .contains("tokens/s")
        .containsPattern("Coding the document for 6 policies, and their answers, in [\\d.]+ s")
        .containsPattern("Warming up with \\d+ answers of each policy, in [\\d.]+ s");
  }

  @Test
  void changesThePolicyInTheMidstOfAnswers() throws IOException {
    Path file = folder.resolve("swap.json");
    var console = new Captured("");
    assertThat(
            console.run(
                "demo",
                "--swap",
                "--context",
                "1024",
                "--policies",
                "full,quest,adamas-tail,full",
                "--json",
                file.toString()))
        .as(console.err())
        .isZero();
    JsonNode changes = JSON.readTree(Files.readString(file)).get("changes");
    assertThat(changes).hasSize(3);
    for (JsonNode change : changes) {
      assertThat(change.get("correct").asBoolean()).as(change.toString()).isTrue();
      assertThat(change.get("before").asString() + change.get("after").asString())
          .isEqualTo(change.get("expected").asString());
      assertThat(change.get("before").asString()).isNotEmpty();
      assertThat(change.get("after").asString()).isNotEmpty();
      JsonNode swap = change.get("swap");
      assertThat(swap.get("outcome").asString()).isEqualTo("completed");
      assertThat(swap.get("changedAt").asInt()).isEqualTo(3);
      assertThat(swap.get("statesMs").propertyNames())
          .contains("resolve", "probe", "build", "warm", "catch-up", "cutover", "grace", "retire");
    }
    assertThat(console.out())
        .containsPattern("(?m)^from +to +answer +outcome +resolve +probe +build +warm +catch-up")
        .containsPattern("(?m)^full +quest +\\d+\\|\\d+ +right +completed ")
        .containsPattern("(?m)^adamas-tail +full +\\d+\\|\\d+ +right +completed ");
  }

  @Test
  void takesPoliciesWithOptions() {
    var console = new Captured("");
    assertThat(
            console.run(
                "demo",
                "--context",
                "300",
                "--policies",
                "adamas(distance=l2,budget=100), oracle",
                "--backend",
                "scalar",
                "--threads",
                "1"))
        .as(console.err())
        .isZero();
    assertThat(console.out())
        .containsPattern("(?m)^adamas\\(budget=100,distance=l2\\) +100 ")
        .containsPattern("(?m)^oracle +64 ")
        .containsPattern("Medians of \\d+ tokens on scalar, 1 threads");
  }

  @Test
  void endsWhenStopped() {
    var console = new Captured("");
    console.stopped().set(true);
    assertThat(console.run("demo", "--context", "1024")).isEqualTo(1);
    assertThat(console.err()).endsWith("adamas: Stopped.\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--context 100 | --context is 100; the embedded model takes documents of 256 to 32760 tokens",
        "--context 40000 | --context is 40000; the embedded model takes documents of 256 to 32760",
        "--context many | Invalid value for option '--context': 'many' is not an int",
        "--swap --policies full | --swap needs at least two policies",
        "--budget 0 | --budget is 0; at least 1 is needed",
        "--policies nonsense | There is no policy 'nonsense'; there are adamas",
        "--policies full,, | Invalid value for option '--policies'",
      })
  void refusesWrongUsageInOneSentence(String arguments, String sentence) {
    var console = new Captured("");
    String[] args = ("demo " + arguments).split(" ");
    assertThat(console.run(args)).isEqualTo(2);
    assertThat(console.err()).startsWith("adamas: ").contains(sentence).endsWith(".\n");
    assertThat(console.err().lines()).hasSize(1);
  }
}
