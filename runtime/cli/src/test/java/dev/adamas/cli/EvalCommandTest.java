package dev.adamas.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.eval.EvalListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EvalCommandTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir private Path folder;

  private String[] eval(Path out, String... more) {
    return Stream.concat(Stream.of("eval", "--out", out.toString()), Stream.of(more))
        .toArray(String[]::new);
  }

  private static List<JsonNode> results(Path out) throws IOException {
    return Files.readAllLines(out.resolve("results.jsonl")).stream().map(JSON::readTree).toList();
  }

  @Test
  void writesAResultPerPolicyBudgetAndSample() throws IOException {
    var console = new Captured("");
    Path out = folder.resolve("run");
    Path text =
        Files.writeString(folder.resolve("text"), "All happy families are alike. ".repeat(99));
    assertThat(
            console.run(
                eval(
                    out,
                    "--model",
                    EmbeddedFile.PATH.toString(),
                    "--tasks",
                    "perplexity",
                    "--text",
                    text.toString(),
                    "--scored",
                    "4",
                    "--policies",
                    "adamas(distance=l2,quantizer=bucket(bits=3)), quest(budget=48)",
                    "--budgets",
                    "16,5%",
                    "--contexts",
                    "300",
                    "--samples",
                    "1")))
        .as(console.err())
        .isZero();
    assertThat(console.err()).contains("report.html");
    assertThat(out.resolve("summary.json")).exists();
    assertThat(results(out))
        .extracting(r -> r.get("policy").asString() + " " + r.get("budget").asString())
        .containsExactly(
            "full all",
            "adamas(distance=l2,quantizer=bucket(bits=3)) 16",
            "adamas(distance=l2,quantizer=bucket(bits=3)) 5%",
            "quest 48");

    var again = new Captured("");
    assertThat(again.run(eval(out))).isEqualTo(1);
    assertThat(again.err())
        .isEqualTo(
            "adamas: %s is not empty; add --resume to continue the run in it, or name another folder.\n"
                .formatted(out));
  }

  @Test
  void saysHowToGoOnWhenStopped() throws IOException {
    var console = new Captured("");
    console.stopped().set(true);
    Path out = folder.resolve("stopped");
    assertThat(console.run(eval(out, "--contexts", "512", "--tasks", "passkey", "--samples", "1")))
        .isEqualTo(130);
    assertThat(console.err())
        .isEqualTo(
            "adamas: Stopped; the same command with --resume continues the run in %s.\n"
                .formatted(out));
    assertThat(results(out)).isEmpty();
  }

  @Test
  void letsOptionsChangeAPreset() throws IOException {
    var console = new Captured("");
    Path out = folder.resolve("preset");
    Path text = Files.writeString(folder.resolve("unused"), "Call me Ishmael.");
    assertThat(
            console.run(
                eval(
                    out,
                    "--preset",
                    "ablation-hadamard",
                    "--contexts",
                    "512",
                    "--samples",
                    "1",
                    "--budgets",
                    "32",
                    "--tasks",
                    "passkey",
                    "--text",
                    text.toString())))
        .as(console.err())
        .isZero();
    assertThat(console.err()).startsWith("--text is not used: ");
    assertThat(results(out))
        .extracting(r -> r.get("policy").asString())
        .containsExactly(
            "full",
            "adamas",
            "adamas(transform=identity)",
            "adamas-dot",
            "adamas-dot(transform=identity)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--tasks nonsense | There is no task 'nonsense'; there are passkey,",
        "--policies nonsense | There is no policy 'nonsense'; there are adamas",
        "--policies full,, | Invalid value for option '--policies'",
        "--budgets 0 | A budget of 0 tokens is too small",
        "--contexts 40000 | The model's context is 32768 tokens; 40000 are too many",
        "--contexts 10 | passkey needs a context of at least 256 tokens; 10 are too few",
        "--samples 0 | 0 samples are too few",
        "--shard 2/2 | There is no shard 2 of 2; the first is 0/2",
        "--preset nonsense | There is no preset 'nonsense'; there are paper-budgets,",
        "--depths 2 | The depth 2.0 is no share of the document",
        "--tasks longbench | add --longbench DIR",
        "--tasks longbench --longbench /no/such | /no/such is no folder",
      })
  void refusesWrongUsageInOneSentence(String arguments, String sentence) {
    var console = new Captured("");
    Path out = folder.resolve("refused");
    assertThat(console.run(eval(out, arguments.split(" ", -1)))).as(console.err()).isEqualTo(2);
    assertThat(console.err()).startsWith("adamas: ").contains(sentence).endsWith(".\n");
    assertThat(console.err().lines()).hasSize(1);
    assertThat(out).doesNotExist();
  }

  private void refuses(String sentence, String... arguments) {
    var console = new Captured("");
    Path out = folder.resolve("refused");
    assertThat(console.run(eval(out, arguments))).as(console.err()).isEqualTo(2);
    assertThat(console.err())
        .startsWith("adamas: " + sentence)
        .endsWith("; 'adamas eval --help' explains the usage.\n");
    assertThat(out).doesNotExist();
  }

  @Test
  void looksAtEveryTextAndLineBeforeItBegins() throws IOException {
    String enough =
        Files.writeString(folder.resolve("enough"), "All happy families are alike. ".repeat(99))
            .toString();
    String few = Files.writeString(folder.resolve("few"), "Every unhappy family.").toString();
    refuses(
        "The text '%s' has ".formatted(few),
        "--tasks=perplexity",
        "--contexts=400",
        "--text=" + enough,
        "--text=" + few);
    Path bench = Files.createDirectory(folder.resolve("bench"));
    Path file = bench.resolve("qasper.jsonl");
    Files.writeString(
        file,
        """
        {"context":"c","input":"i","answers":["a"]}

        {"context":"c","input":"i"}
        """);
    refuses(
        "Line 3 of '%s' has no list of texts 'answers'; correct it or download the file again"
            .formatted(file),
        "--tasks=longbench",
        "--contexts=512",
        "--longbench=" + bench);
  }

  @ParameterizedTest
  @CsvSource({
    "--out, a folder",
    "--model, a file",
    "--text, a file",
    "--haystack, a file",
    "--longbench, a folder"
  })
  void needsNames(String option, String kind) {
    var console = new Captured("");
    String[] arguments =
        option.equals("--out") ? new String[] {"eval", "--out", ""} : eval(folder, option, "");
    assertThat(console.run(arguments)).isEqualTo(2);
    assertThat(console.err())
        .isEqualTo(
            "adamas: The name given with %s is empty; name %s; 'adamas eval --help' explains the usage.\n"
                .formatted(option, kind));
  }

  @Test
  void needsAFolder() {
    var console = new Captured("");
    assertThat(console.run("eval")).isEqualTo(2);
    assertThat(console.err()).contains("Missing required option: '--out=DIR'");
  }

  @Test
  void showsTheTimeThatIsLeft() {
    for (boolean interactive : new boolean[] {true, false}) {
      var console = new Captured("");
      var clock = new AtomicLong();
      var progress = new EvalProgress(console.terminal(interactive), clock::get);
      clock.set(10_000_000_000L);
      progress.progress(new EvalListener.Progress(0, 8, OptionalDouble.empty(), "warming up"));
      clock.set(30_000_000_000L);
      progress.progress(new EvalListener.Progress(2, 8, OptionalDouble.of(90), "passkey"));
      progress.progress(
          new EvalListener.Progress(2, 8, OptionalDouble.of(90), "too soon to show again"));
      clock.set(60_000_000_000L);
      progress.progress(new EvalListener.Progress(7, 8, OptionalDouble.of(15), "passkey"));
      progress.end();
      assertThat(console.err())
          .isEqualTo(
              interactive
                  ? "\r0 of 8 results; warming up\u001b[K"
                      + "\r2 of 8 results; passkey; 1:30 min left\u001b[K"
                      + "\r7 of 8 results; passkey; 15 s left\u001b[K\r\u001b[K"
                  : "0 of 8 results; warming up\n2 of 8 results; passkey; 1:30 min left\n7 of 8 results; passkey; 15 s left\n");
    }
  }
}
