package dev.adamas.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {

  @TempDir private Path folder;

  private Folder at(String name) {
    return new Folder(folder.resolve(name));
  }

  private static Row row(Report report, String task, String policy) {
    return report.rows().stream()
        .filter(r -> r.task().equals(task) && r.policy().equals(policy))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void writesTheSummary() throws IOException {
    Path results =
        at("run")
            .add("passkey", "quest", "64", 0, 0.5)
            .add("passkey", "quest", "64", 1, 1)
            .add("passkey", "full", "all", 0, 1)
            .add("passkey", "full", "all", 1, 1)
            .add("passkey", "other", "top-p:0.9", 2, 0)
            .write();
    Report.read(List.of(results)).writeTo(folder.resolve("out/deep"));
    assertThat(Files.readString(folder.resolve("out/deep/summary.json")))
        .isEqualTo(
            """
            {"model":"tiny","rows":[\
            {"task":"passkey","policy":"full","budget":"all","context":1024,"samples":2,\
            "score":1.0,"fullScore":1.0,"visibleTokens":64.0,"kvBytesReadPerToken":1000000.0,"decodeMsPerToken":2.0},\
            {"task":"passkey","policy":"other","budget":"top-p:0.9","context":1024,"samples":1,\
            "score":0.0,"fullScore":null,"visibleTokens":64.0,"kvBytesReadPerToken":250000.0,"decodeMsPerToken":2.0},\
            {"task":"passkey","policy":"quest","budget":64,"context":1024,"samples":2,\
            "score":0.75,"fullScore":1.0,"visibleTokens":64.0,"kvBytesReadPerToken":250000.0,"decodeMsPerToken":2.0}]}
            """);
    try (var files = Files.list(folder.resolve("out/deep"))) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder("summary.json", "report.html");
    }
  }

  @Test
  void weighsPerplexityByTokens() throws IOException {
    Path results =
        at("run")
            .add("perplexity", "full", "all", 0, 1.0, 100, 8)
            .add("perplexity", "full", "all", 1, 2.0, 300, 8)
            .add("perplexity", "quest", "64", 0, 1.1, 100, 4)
            .add("perplexity", "quest", "64", 1, 2.3, 300, 2)
            .write();
    Row row = row(Report.read(List.of(results)), "perplexity", "quest");
    assertThat(row.score()).isCloseTo(Math.exp(2.0), within(1e-12)); // (110 + 690) / 400
    assertThat(row.fullScore()).hasValueCloseTo(Math.exp(1.75), within(1e-12));
    Difference difference = row.difference().orElseThrow();
    assertThat(difference.mean()).isCloseTo(0.25, within(1e-12)); // (10 + 90) / 400
    assertThat(row.speedUp().orElseThrow().mean()).isCloseTo(Math.log(Math.sqrt(8)), within(1e-12));
    assertThat(row.decodeMsPerToken()).isEqualTo(3);
  }

  @Test
  void leavesOutUntimedSamples() throws IOException {
    Path results =
        at("run")
            .add("passkey", "full", "all", 0, 1, 1, 8)
            .add("passkey", "full", "all", 1, 1, 1, 8)
            .add("passkey", "full", "all", 2, 1, 1, 0)
            .add("passkey", "quest", "64", 0, 1, 1, 4)
            .add("passkey", "quest", "64", 1, 1, 1, 0)
            .add("passkey", "quest", "64", 2, 1, 1, 2)
            .write();
    Report report = Report.read(List.of(results));
    assertThat(row(report, "passkey", "full").decodeMsPerToken()).isEqualTo(8);
    assertThat(row(report, "passkey", "quest").decodeMsPerToken()).isEqualTo(3);
    assertThat(row(report, "passkey", "quest").speedUp().orElseThrow().mean())
        .isCloseTo(Math.log(2), within(1e-12));
  }

  @Test
  void comparesTheSamePromptsOnly() throws IOException {
    Path results =
        at("run")
            .add("passkey", "full", "all", 0, 0.5)
            .add("passkey", "quest", "64", 0, 1)
            .add("passkey", "quest", "64", 1, 0)
            .write();
    Row row = row(Report.read(List.of(results)), "passkey", "quest");
    assertThat(row.score()).isEqualTo(0.5);
    assertThat(row.fullScore()).isEmpty();
    assertThat(row.difference()).hasValueSatisfying(d -> assertThat(d.mean()).isEqualTo(0.5));
    assertThat(row.difference()).hasValueSatisfying(d -> assertThat(d.pairs()).isEqualTo(1));
  }

  @Test
  void leavesOutTheLineThatIsBeingWritten() throws IOException {
    Folder run = at("run").add("passkey", "full", "all", 0, 1).add("passkey", "full", "all", 1, 1);
    String whole = String.join("\n", run.lines()) + "\n";
    int end = whole.indexOf('\n') + 1;
    for (int cut = end; cut <= whole.length(); cut++) {
      Report report = Report.read(List.of(run.write(whole.substring(0, cut))));
      assertThat(report.rows().getFirst().samples())
          .as("cut at %d of %d", cut, whole.length())
          .isEqualTo(cut >= whole.length() - 1 ? 2 : 1);
    }
  }

  @Test
  void givesTheSameForShardsInAnyOrder() throws IOException {
    Folder whole = at("whole");
    Folder odd = at("odd");
    Folder even = at("even");
    for (int i = 0; i < 9; i++) {
      for (Folder to : List.of(whole, i % 2 == 0 ? even : odd)) {
        to.add("perplexity", "full", "all", i, 2 + 0.1 * i, 7 + i, 3);
        to.add("perplexity", "quest", "64", i, 2.3 + 0.17 * i, 7 + i, 2);
      }
    }
    List<Row> rows = Report.read(List.of(whole.write())).rows();
    Path a = odd.write();
    Path b = even.write();
    assertThat(Report.read(List.of(a, b)).rows()).isEqualTo(rows);
    assertThat(Report.read(List.of(b, a)).rows()).isEqualTo(rows);
    assertThat(Report.read(List.of(b, a, b)).rows()).isEqualTo(rows);
  }

  @Test
  void countsASampleThatRanTwiceOnce() throws IOException {
    Path a = at("a").add("passkey", "full", "all", 0, 1, 5, 2).write();
    Path b = at("b").add("passkey", "full", "all", 0, 1, 5, 9).write();
    Row row = Report.read(List.of(a, b)).rows().getFirst();
    assertThat(row.samples()).isEqualTo(1);
    assertThat(row.decodeMsPerToken()).isEqualTo(2);
  }

  @Test
  void refusesContradictions() throws IOException {
    Path a = at("a").add("passkey", "quest", "64", 0, 1).write();
    Path outcome = at("outcome").add("passkey", "quest", "64", 0, 0).write();
    assertThatThrownBy(() -> Report.read(List.of(a, outcome)))
        .isInstanceOf(ReportException.class)
        .hasMessage(
            "Sample 0 of passkey at context 1024, seed 100, policy quest, budget 64, has two"
                + " outcomes: score 1.0 over 10 tokens in '%s' and score 0.0 over 10 tokens in"
                + " '%s'; report them separately.",
            a, outcome);
    Path prompt =
        at("prompt").add("passkey", "full", "all", 1024, 0, 1, 10, 2, "another", "plan").write();
    assertThatThrownBy(() -> Report.read(List.of(a, prompt)))
        .hasMessageContaining("two prompts: prompt-0 in")
        .hasMessageContaining("another in '" + prompt);
    Path plan = at("plan").add("passkey", "quest", "64", 1024, 1, 1, 10, 2, "p", "changed").write();
    assertThatThrownBy(() -> Report.read(List.of(a, plan)))
        .hasMessageContaining("Policy quest at budget 64")
        .hasMessageContaining("two fingerprints");
    Path model = at("model").model("big", "model-2").add("passkey", "full", "all", 1, 1).write();
    assertThatThrownBy(() -> Report.read(List.of(a, model)))
        .hasMessage(
            "'%s' has results of model tiny (fingerprint model-1), '%s' of big (model-2); report"
                + " them separately.",
            a, model);
  }

  @Test
  void saysWhatIsWrongWithAFile() throws IOException {
    Path missing = folder.resolve("missing");
    assertThatThrownBy(() -> Report.read(List.of(missing)))
        .hasMessage(
            "'%s' has no run.json; name the folder that an evaluation wrote with --out.", missing);
    Folder run = at("run").add("passkey", "full", "all", 0, 1);
    String line = run.lines().getFirst();
    Path results = run.write().resolve("results.jsonl");
    for (String broken :
        List.of(
            "{",
            "[]",
            "null",
            "{}",
            "",
            line.replace("\"score\":1.0", "\"score\":\"NaN\""),
            line + line)) {
      run.write(line + "\n" + broken + "\n" + line + "\n");
      assertThatThrownBy(() -> Report.read(List.of(results.getParent())))
          .as(broken)
          .isInstanceOf(ReportException.class)
          .hasMessageStartingWith("Line 2 of '%s' is no result (".formatted(results))
          .hasMessageEndingWith("); repair or delete the line.")
          .hasMessageNotContaining("\n");
    }
    run.write("");
    assertThatThrownBy(() -> Report.read(List.of(results.getParent())))
        .hasMessageStartingWith("There are no results");
    Path info = results.resolveSibling("run.json");
    for (String broken : List.of("null", "{}", "[]", "{", "", "{\"model\":\"x\"}")) {
      Files.writeString(info, broken);
      assertThatThrownBy(() -> Report.read(List.of(results.getParent())))
          .as(broken)
          .isInstanceOf(ReportException.class)
          .hasMessageMatching(
              Pattern.quote("'" + info + "' does not describe a run (")
                  + "(it is not one JSON object|'model(Fingerprint)?' is missing)"
                  + Pattern.quote("); begin the run again in another folder."));
    }
  }

  @Test
  void leavesNothingHalfWrittenOnAFullDisk() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "a device that is always full");
    Path run = at("run").add("passkey", "full", "all", 0, 1).write();
    Report report = Report.read(List.of(run));
    Path part = Files.createSymbolicLink(run.resolve("summary.json.part"), full);
    assertThatThrownBy(() -> report.writeTo(run))
        .isInstanceOf(ReportException.class)
        .hasMessage(
            "'%s' cannot be written (No space left on device); free space there and report again.",
            run.resolve("summary.json"));
    assertThat(part).doesNotExist();
    assertThat(Files.isSymbolicLink(part)).isFalse();
    assertThat(run.resolve("summary.json")).doesNotExist();
  }

  @Test
  void tabulates() throws IOException {
    Path results =
        at("run")
            .add("passkey", "full", "all", 0, 1)
            .add("passkey", "full", "all", 1, 1)
            .add("passkey", "quest", "128", 0, 1)
            .add("passkey", "quest", "128", 1, 1)
            .add("passkey", "quest", "64", 0, 0)
            .add("passkey", "quest", "64", 1, 1)
            .write();
    List<List<String>> table = Report.read(List.of(results)).table();
    assertThat(table).allSatisfy(line -> assertThat(line).hasSize(10));
    assertThat(table.get(1))
        .containsExactly(
            "passkey", "1K", "full", "all", "2", "100.0 %", "-", "-", "1.00 MB", "2.00");
    assertThat(table.get(2))
        .containsExactly(
            "", "", "quest", "64", "2", "50.0 %", "-50.0 pt", "two pairs", "250 kB", "2.00");
    assertThat(table.get(3)).contains("128", "+0.0 pt", "two pairs");
  }

  @Test
  void endsIntervalsWhereScoresEnd() throws IOException {
    Folder run = at("run");
    for (int i = 0; i < 4; i++) {
      run.add("passkey", "full", "all", i, i == 0 ? 0 : 1);
      run.add("passkey", "quest", "64", i, i % 2); // differences 0, 0, -1, 0
      run.add("passkey", "adamas", "64", i, 1); // differences 1, 0, 0, 0
    }
    // mean ±25 points, s = 1/2, so ±79.6 around it; full attention has 75 points
    assertThat(Report.read(List.of(run.write())).table())
        .anySatisfy(line -> assertThat(line).contains("quest", "-25.0 pt", "-75.0 to +25.0 pt"))
        .anySatisfy(line -> assertThat(line).contains("adamas", "+25.0 pt", "-54.6 to +25.0 pt"));
  }
}
