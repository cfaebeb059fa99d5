package dev.adamas.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ReportCommandTest {

  @TempDir private Path folder;

  private Path shard(int sample) throws IOException {
    Path shard = Files.createDirectory(folder.resolve("shard" + sample));
    Files.writeString(
        shard.resolve("run.json"),
        """
        {"model":"tiny","modelFingerprint":"m","arguments":{},"shard":"%d/2","machine":"here"}
        """
            .formatted(sample));
    Files.writeString(
        shard.resolve("results.jsonl"),
        line("full", "all", sample, 1, 8) + line("quest", "64", sample, sample, 4));
    return shard;
  }

  private static String line(String policy, String budget, int sample, int score, int ms) {
    return """
        {"task":"passkey","policy":"%s","budget":"%s","context":8192,"sample":%d,"seed":%3$d,\
        "promptId":"p%3$d","score":%d,"tokens":5,"visibleTokens":64,"kvBytesReadPerToken":1e6,\
        "decodeMsPerToken":%d,"attentionMsPerToken":1,"modelFingerprint":"m",\
        "policyFingerprint":"f","details":{}}
        """
        .formatted(policy, budget, sample, score, ms);
  }

  @Test
  void reportsOneFolderIntoItself() throws IOException {
    Path shard = shard(1);
    var console = new Captured("");
    assertThat(console.run("report", shard.toString())).isZero();
    assertThat(console.out())
        .startsWith(
            """
            task     context  policy  budget  n    score  to full  95 % interval  KV/token  ms/token
            passkey       8K  full       all  1  100.0 %        -              -   1.00 MB      8.00
                              quest       64  1  100.0 %  +0.0 pt       one pair   1.00 MB      4.00
            """);
    assertThat(console.err())
        .isEqualTo("Wrote %1$s/summary.json and %1$s/report.html.%n".formatted(shard));
    assertThat(shard.resolve("report.html")).isNotEmptyFile();
  }

  @Test
  void drawsAPictureForDocuments() throws IOException {
    Path picture = folder.resolve("picture.svg");
    var console = new Captured("");
    assertThat(console.run("report", shard(1).toString(), "--picture", picture.toString()))
        .as(console.err())
        .isZero();
    assertThat(console.err()).endsWith("Wrote %s.%n".formatted(picture));
    assertThat(picture).content().startsWith("<svg xmlns=").contains("passkey, 8K tokens");
  }

  @Test
  void mergesShards() throws IOException {
    Path out = folder.resolve("merged");
    var console = new Captured("");
    assertThat(
            console.run(
                "report", shard(0).toString(), shard(1).toString(), "--out", out.toString()))
        .isZero();
    JsonNode rows =
        JsonMapper.builder()
            .build()
            .readTree(Files.readString(out.resolve("summary.json")))
            .get("rows");
    assertThat(rows).hasSize(2);
    assertThat(rows.get(1).get("samples").intValue()).isEqualTo(2);
    assertThat(rows.get(1).get("score").doubleValue()).isEqualTo(0.5);
    assertThat(rows.get(1).get("fullScore").doubleValue()).isEqualTo(1);
  }

  @Test
  void saysInOneSentenceWhatIsMissing() throws IOException {
    Path shard = shard(1);
    var console = new Captured("");
    assertThat(console.run("report", folder.toString())).isEqualTo(1);
    assertThat(console.err())
        .isEqualTo(
            "adamas: '%s' has no run.json; name the folder that an evaluation wrote with --out.%n"
                .formatted(folder));
    Path file = Files.writeString(folder.resolve("file"), "");
    for (Path taken : new Path[] {file, file.resolve("below")}) {
      var unwritable = new Captured("");
      assertThat(unwritable.run("report", shard.toString(), "--out", taken.toString()))
          .isEqualTo(1);
      assertThat(unwritable.out()).as("the table all the same").contains("passkey");
      assertThat(unwritable.err())
          .startsWith("adamas: ")
          .contains(file.toString(), "for the results.")
          .hasLineCount(1);
    }
    for (String[] nameless :
        new String[][] {{"report", shard.toString(), "--out", ""}, {"report", ""}}) {
      var refused = new Captured("");
      assertThat(refused.run(nameless)).isEqualTo(2);
      assertThat(refused.err()).contains(" is empty; name a folder; ").hasLineCount(1);
    }
    var usage = new Captured("");
    assertThat(usage.run("report")).isEqualTo(2);
    assertThat(usage.err()).contains("DIR").contains("'adamas report --help' explains the usage");
  }
}
