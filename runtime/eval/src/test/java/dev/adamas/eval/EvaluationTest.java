package dev.adamas.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EvaluationTest {

  private static final String SEED = "adamas.seed";

  @TempDir private Path temp;
  private Path undisturbed = Path.of("");

  @BeforeAll
  void runUndisturbed(@TempDir Path shared) {
    undisturbed = shared.resolve("undisturbed");
    Runs.run(Runs.plan(), 2, undisturbed, Shard.whole(), false, Runs.QUIET);
  }

  @Test
  void evaluatesEveryPolicyAtEveryBudgetOnTheSamePrompts() throws IOException {
    List<SampleResult> results = Runs.results(undisturbed);
    assertThat(results).hasSize(Runs.RESULTS);
    assertThat(results.subList(0, 5))
        .extracting(r -> r.policy() + " at " + r.budget())
        .containsExactly(
            "full at all",
            "adamas-dot at 16",
            "adamas-dot at 48",
            "adamas-dot at 5%",
            "quest at 64");
    for (int i = 0; i < results.size(); i += 5) {
      List<SampleResult> prompt = results.subList(i, i + 5);
      assertThat(prompt)
          .extracting(SampleResult::promptId)
          .containsOnly(prompt.getFirst().promptId());
      assertThat(prompt).extracting(SampleResult::seed).containsOnly(prompt.getFirst().seed());
    }
    assertThat(results)
        .extracting(SampleResult::promptId)
        .satisfies(ids -> assertThat(new HashSet<>(ids)).hasSize(6));
    assertThat(results)
        .extracting(SampleResult::policyFingerprint)
        .satisfies(ids -> assertThat(new HashSet<>(ids)).hasSize(5));
    RunInfo info =
        Runs.JSON.readValue(Files.readString(undisturbed.resolve("run.json")), RunInfo.class);
    assertThat(info.model()).isEqualTo("adamas-tiny-32k.q8_0.gguf");
    assertThat(info.shard()).isEqualTo("0/1");
    assertThat(info.arguments())
        .containsEntry("policies", "adamas-dot,quest(budget=64)")
        .containsEntry("samples", "2");
    assertThat(results)
        .extracting(SampleResult::modelFingerprint)
        .containsOnly(info.modelFingerprint());
  }

  private List<SampleResult> of(String task, String policy, String budget) {
    Predicate<SampleResult> wanted =
        r -> r.task().equals(task) && r.policy().equals(policy) && r.budget().equals(budget);
    List<SampleResult> found = Runs.results(undisturbed).stream().filter(wanted).toList();
    assertThat(found).hasSize(2);
    return found;
  }

  @Test
  void measuresWhatItSays() {
    assertThat(of("passkey", "full", "all")).extracting(SampleResult::score).containsOnly(1.0);
    for (SampleResult r : of("perplexity", "full", "all")) {
      assertThat(r.tokens()).isEqualTo(12);
      assertThat(r.score()).as("nats per token").isBetween(1.5, 5.0);
      // 500 tokens are read, then rows see 501 to 512.
      assertThat(r.visibleTokens()).isEqualTo(506.5);
      assertThat(r.kvBytesReadPerToken()).isEqualTo(506.5 * 4096);
    }
    for (SampleResult r : of("perplexity", "adamas-dot", "16")) {
      assertThat(r.visibleTokens()).isEqualTo(16);
      // Two dense layers of eight read all, the others codes of 1/16 and 16 rows per query head.
      assertThat(r.kvBytesReadPerToken())
          .isBetween(
              506.5 * 4096 / 4, 506.5 * 4096 * (1 / 4.0 + 6 / 8.0 / 16) + 6 * 4 * 16 * 256.0);
    }
    for (SampleResult r : of("selection", "full", "all")) {
      assertThat(r.score()).isOne();
      assertThat(r.details().get("mass")).isBetween(1 - 1e-9, 1 + 1e-9);
      assertThat(r.details().get("error")).isBetween(0.0, 1e-3);
      assertThat(r.details()).containsKey("layer7.head3.recall").hasSize(8 * 4 * 3 + 3);
    }
    for (SampleResult r : of("selection", "adamas-dot", "48")) {
      assertThat(r.score()).isEqualTo(r.details().get("recall")).isBetween(0.4, 0.99);
      assertThat(r.details().get("mass")).isBetween(0.5, 0.9999);
      assertThat(r.details().get("error")).isBetween(0.001, 0.5);
      assertThat(r.details())
          .containsKey("layer2.head0.mass")
          .doesNotContainKey("layer1.head0.mass");
      SampleResult fewer =
          of("selection", "adamas-dot", "16").stream()
              .filter(other -> other.sample() == r.sample())
              .findFirst()
              .orElseThrow();
      assertThat(fewer.details().get("mass")).isLessThan(r.details().get("mass"));
      assertThat(fewer.details().get("error")).isGreaterThan(r.details().get("error"));
    }
  }

  @Test
  void givesTheSameOnOneThreadAndHoweverLongItWarmsUp() {
    Path out = temp.resolve("one-thread");
    var doing = new ArrayList<String>();
    var times = new ArrayList<Long>();
    var listener =
        new EvalListener() {
          @Override
          public void progress(Progress progress) {
            doing.add(progress.doing());
            times.add(System.nanoTime());
          }

          @Override
          public boolean stopped() {
            return false;
          }
        };
    var warmUp = Duration.ofSeconds(2);
    Runs.run(Runs.plan(), 1, out, Shard.whole(), false, listener, warmUp);
    assertThat(Runs.results(out)).isEqualTo(Runs.results(undisturbed));
    int began = doing.indexOf("warming up");
    assertThat(doing.lastIndexOf("warming up")).as("once").isEqualTo(began);
    assertThat(times.get(began + 1) - times.get(began))
        .isBetween(warmUp.toNanos() / 5, warmUp.toNanos() + 30_000_000_000L);
  }

  /** Random cuts, anywhere in a line; the seed is printed with a failure. */
  @Test
  void continuesARunThatWasCutOffAnywhere() throws IOException {
    String given = System.getProperty(SEED, "");
    long seed = given.isEmpty() ? new Random().nextLong() : Long.parseLong(given);
    var random = new Random(seed);
    byte[] whole = Files.readAllBytes(undisturbed.resolve("results.jsonl"));
    List<Integer> cuts = new ArrayList<>(List.of(whole.length - 1));
    // Late ones, so that little has to be computed again.
    for (int i = 0; i < 3; i++) {
      cuts.add(whole.length - 1 - random.nextInt(whole.length / 3));
    }
    for (int cut : cuts) {
      Path out = temp.resolve("cut-" + cut);
      Files.createDirectories(out);
      Files.copy(undisturbed.resolve("run.json"), out.resolve("run.json"));
      Files.write(out.resolve("results.jsonl"), Arrays.copyOf(whole, cut));
      Runs.run(Runs.plan(), 2, out, Shard.whole(), true, Runs.QUIET);
      assertThat(Runs.results(out))
          .as("cut at %d; replay with -D%s=%d", cut, SEED, seed)
          .isEqualTo(Runs.results(undisturbed));
      byte[] now = Files.readAllBytes(out.resolve("results.jsonl"));
      int kept = cut;
      while (kept > 0 && whole[kept - 1] != '\n') {
        kept--;
      }
      assertThat(Arrays.copyOf(now, kept))
          .as("complete lines, times included, stay")
          .isEqualTo(Arrays.copyOf(whole, kept));
    }
  }

  @Test
  void shardsMakeTheWhole() {
    List<SampleResult> all = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Path out = temp.resolve("shard-" + i);
      Runs.run(Runs.plan(), 2, out, new Shard(i, 2), false, Runs.QUIET);
      assertThat(Runs.results(out)).hasSize(Runs.RESULTS / 2);
      all.addAll(Runs.results(out));
    }
    assertThat(all).containsExactlyInAnyOrderElementsOf(Runs.results(undisturbed));
  }

  @Test
  void stopsWhenAskedAndContinues() {
    Path out = temp.resolve("stopped");
    var seen = new ArrayList<EvalListener.Progress>();
    var listener =
        new EvalListener() {
          @Override
          public void progress(Progress progress) {
            seen.add(progress);
          }

          @Override
          public boolean stopped() {
            return !seen.isEmpty() && seen.getLast().results() == 27;
          }
        };
    assertThatThrownBy(() -> Runs.run(Runs.plan(), 2, out, Shard.whole(), false, listener))
        .isInstanceOf(CancellationException.class);
    assertThat(Runs.results(out)).hasSize(27);
    Runs.run(Runs.plan(), 2, out, Shard.whole(), true, Runs.QUIET);
    assertThat(Runs.results(out)).isEqualTo(Runs.results(undisturbed));
    assertThat(seen)
        .isSortedAccordingTo(Comparator.comparingInt(EvalListener.Progress::results))
        .allSatisfy(p -> assertThat(p.total()).isEqualTo(Runs.RESULTS));
  }

  private String refusal(EvalPlan plan, Path out, Shard shard, boolean resume) {
    try {
      Runs.run(plan, 2, out, shard, resume, Runs.QUIET);
    } catch (EvalException | IllegalArgumentException e) {
      assertThat(e.getMessage()).endsWith(".").doesNotContain("\n");
      return String.valueOf(e.getMessage());
    }
    throw new AssertionError("It was not refused.");
  }

  @Test
  void refusesFoldersThatAreNotItsOwn() throws IOException {
    assertThat(refusal(Runs.plan(), undisturbed, Shard.whole(), false))
        .isEqualTo(
            undisturbed
                + " is not empty; add --resume to continue the run in it, or name another folder.");
    assertThat(refusal(Runs.plan(3, 5), undisturbed, Shard.whole(), true))
        .isEqualTo(
            "The run in "
                + undisturbed
                + " was made with budgets 16,48,5%, not 16, and with policies"
                + " adamas-dot,quest(budget=64), not"
                + " adamas-dot,quest(budget=64),adamas(dense-layers=1,transform=identity), and with"
                + " samples 2, not 3; give the same arguments or name another folder.");
    assertThat(refusal(Runs.plan(), undisturbed, new Shard(1, 3), true))
        .contains("was made with shard 0/1, not 1/3;");
    Path other = Files.createDirectories(temp.resolve("other"));
    Files.writeString(other.resolve("letter.txt"), "Dear");
    assertThat(refusal(Runs.plan(), other, Shard.whole(), true))
        .isEqualTo(
            other + " holds no run to continue (there is no run.json); name another folder.");

    Path damaged = Files.createDirectories(temp.resolve("damaged"));
    Files.copy(undisturbed.resolve("run.json"), damaged.resolve("run.json"));
    Path results = damaged.resolve("results.jsonl");
    for (String line : List.of("{\"task\":", "null", "")) {
      Files.writeString(results, line + "\n");
      assertThat(refusal(Runs.plan(), damaged, Shard.whole(), true))
          .isEqualTo(
              "Line 1 of "
                  + results
                  + " is damaged (it is not one JSON object); delete that line and continue with"
                  + " --resume.");
    }
    Files.writeString(results, "{}\n");
    assertThat(refusal(Runs.plan(), damaged, Shard.whole(), true))
        .contains("is damaged ('task' is missing);");
    Path info = damaged.resolve("run.json");
    for (String content : List.of("null", "{}", "{\"model\":\"x\"}", "{", "")) {
      Files.writeString(info, content);
      assertThat(refusal(Runs.plan(), damaged, Shard.whole(), true))
          .startsWith(info + " is damaged (")
          .endsWith("; begin the run again in another folder.");
    }

    Path busy = Files.createDirectories(temp.resolve("busy"));
    Files.copy(undisturbed.resolve("run.json"), busy.resolve("run.json"));
    try (FileChannel channel =
            FileChannel.open(
                busy.resolve("results.jsonl"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        var lock = channel.lock()) {
      assertThat(lock.isValid()).isTrue();
      channel.write(ByteBuffer.wrap(new byte[0]));
      assertThat(refusal(Runs.plan(), busy, Shard.whole(), true))
          .isEqualTo(
              "Another process is writing to " + busy + "; wait for it or name another folder.");
    }
  }

  @Test
  void beginsWhereADeadProcessLeftNothing() throws IOException {
    Path out = Files.createDirectories(temp.resolve("hardly-begun"));
    Files.writeString(out.resolve("run.json.part"), "{\"model\":");
    Files.createFile(out.resolve("results.jsonl"));
    var once =
        new EvalListener() {
          private int results;

          @Override
          public void progress(Progress progress) {
            results = progress.results();
          }

          @Override
          public boolean stopped() {
            return results == 1;
          }
        };
    assertThatThrownBy(() -> Runs.run(Runs.plan(), 2, out, Shard.whole(), true, once))
        .isInstanceOf(CancellationException.class);
    assertThat(Runs.results(out)).isEqualTo(Runs.results(undisturbed).subList(0, 1));
    assertThat(out.resolve("run.json.part")).doesNotExist();
  }
}
