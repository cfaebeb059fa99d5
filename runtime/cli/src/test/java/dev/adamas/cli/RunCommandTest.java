package dev.adamas.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RunCommandTest {

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String NIGHT = "It was a dark night, and the old man";

  @TempDir private Path folder;

  private static String[] run(String... more) {
    return Stream.concat(
            Stream.of("run", "--model", EmbeddedFile.PATH.toString()), Arrays.stream(more))
        .toArray(String[]::new);
  }

  private JsonNode json(Captured console, String... more) throws IOException {
    Path file = folder.resolve("run.json");
    String[] args = run(more);
    String[] withJson = Arrays.copyOf(args, args.length + 2);
    withJson[args.length] = "--json";
    withJson[args.length + 1] = file.toString();
    assertThat(console.run(withJson)).as(console.err()).isZero();
    return JSON.readTree(Files.readString(file));
  }

  @Test
  void continuesAPromptAndSaysWhatItTook() throws IOException {
    var console = new Captured("");
    JsonNode result = json(console, "--prompt", NIGHT, "--max-tokens", "12", "--top", "3");
    assertThat(result.propertyNames())
        .containsExactly(
            "model",
            "promptTokens",
            "generatedTokens",
            "text",
            "prefillMs",
            "decodeMsPerToken",
            "attentionMsPerToken",
            "top");
    assertThat(result.get("promptTokens")).hasSize(10);
    assertThat(result.get("generatedTokens")).hasSize(12);
    assertThat(console.out()).isEqualTo(result.get("text").asString() + "\n");
    assertThat(console.out()).startsWith(" was in the room.");
    assertThat(result.get("prefillMs").asDouble()).isPositive();
    assertThat(result.get("decodeMsPerToken").asDouble())
        .isGreaterThan(result.get("attentionMsPerToken").asDouble());
    assertThat(result.get("top")).hasSize(12);
    for (int i = 0; i < 12; i++) {
      JsonNode top = result.get("top").get(i);
      assertThat(top).hasSize(3);
      assertThat(top.get(0).get(0)).as("greedy").isEqualTo(result.get("generatedTokens").get(i));
      assertThat(top.get(0).get(1).asDouble())
          .isBetween(top.get(1).get(1).asDouble(), 1.0)
          .isPositive();
    }
    assertThat(console.err().lines()).hasSize(1);
    assertThat(console.err())
        .matches(
            "10 prompt tokens in \\d+ ms \\(\\d+/s\\), 12 generated at [\\d.]+ ms \\(attention [\\d.]+"
                + " ms, [\\d.]+ MB read\\) per token; adamas-tail@1\\(budget=64\\) on cpu-vector@1; ended at 12 tokens\\.\n");
  }

  @Test
  void changesThePolicyWhileItGenerates() throws IOException {
    var console = new Captured("");
    String[] args = {
      "--prompt",
      NIGHT,
      "--max-tokens",
      "300",
      "--policy",
      "full",
      "--swap",
      "3:quest:64",
      "--swap",
      "100:adamas-tail(budget=64,layer-budgets=0:all)"
    };
    JsonNode result = json(console, args);
    JsonNode swaps = result.get("swaps");
    assertThat(swaps).hasSize(2);
    assertThat(swaps.get(0).propertyNames())
        .containsExactly(
            "policy",
            "requestedAt",
            "changedAt",
            "outcome",
            "state",
            "reason",
            "pauseMs",
            "builtTokens",
            "buildGBPerSecond",
            "statesMs");
    assertThat(swaps.get(0).get("policy").asString()).isEqualTo("quest(budget=64)");
    assertThat(swaps.get(0).get("requestedAt").asInt()).isEqualTo(3);
    int changed = swaps.get(0).get("changedAt").asInt();
    assertThat(changed).isBetween(3, 299);
    // The next swap ended its grace.
    assertThat(swaps.get(0).get("outcome").asString()).isEqualTo("completed");
    assertThat(swaps.get(0).get("statesMs").propertyNames())
        .contains("resolve", "probe", "build", "cutover", "grace", "retire");
    assertThat(swaps.get(1).get("requestedAt").asInt()).isEqualTo(100);
    assertThat(swaps.get(1).get("outcome").asString()).isEqualTo("running");
    assertThat(swaps.get(1).get("state").asString()).isEqualTo("grace");
    assertThat(console.err())
        .contains("; adamas-tail@1(budget=64) on cpu-vector@1; ended at 300 tokens.\n")
        .containsPattern(
            "Swap: changed to quest\\(budget=64\\) after token "
                + changed
                + " \\(asked for at 3, pause ")
        .contains("in state grace; resolve ");
    // Up to the change the text is that of the policy before.
    JsonNode full =
        json(new Captured(""), "--prompt", NIGHT, "--max-tokens", "300", "--policy", "full");
    assertThat(full.has("swaps")).isFalse();
    for (int i = 0; i <= changed; i++) {
      assertThat(result.get("generatedTokens").get(i))
          .isEqualTo(full.get("generatedTokens").get(i));
    }
  }

  @Test
  void leavesTopOutUnlessAsked() throws IOException {
    JsonNode result = json(new Captured(""), "--prompt", NIGHT, "--max-tokens", "1");
    assertThat(result.has("top")).isFalse();
    assertThat(result.get("decodeMsPerToken").asDouble()).isZero();
  }

  @Test
  void acceptsAnyNumberOfTokensAndEndsWithTheText() throws IOException {
    Path model = endingWith(297);
    var console = new Captured("");
    int code =
        console.run(
            "run",
            "--model",
            model.toString(),
            "--prompt",
            NIGHT,
            "--max-tokens",
            Integer.toString(Integer.MAX_VALUE));
    assertThat(code).as(console.err()).isZero();
    assertThat(console.out()).isEqualTo(" was\n");
  }

  /** The embedded model, ending its texts with another token. */
  private Path endingWith(int token) throws IOException {
    byte[] file = Files.readAllBytes(EmbeddedFile.PATH);
    String key = "tokenizer.ggml.eos_token_id";
    // The key is followed by the number of its type and the token.
    int at = new String(file, StandardCharsets.ISO_8859_1).indexOf(key) + key.length() + 4;
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(at, token);
    return Files.write(folder.resolve("ends.gguf"), file);
  }

  /** The first token that follows is made the end token, then the second. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void showsTheStepThatEndedTheText(int length) throws IOException {
    String[] args = {"--prompt", NIGHT, "--max-tokens", "4", "--top", "3"};
    JsonNode whole = json(new Captured(""), args);
    Path model = endingWith(whole.get("generatedTokens").get(length).asInt());
    Path result = folder.resolve("ends.json");
    var console = new Captured("");
    assertThat(
            console.run(
                Stream.concat(
                        Stream.of("run", "--model", model.toString(), "--json", result.toString()),
                        Arrays.stream(args))
                    .toArray(String[]::new)))
        .as(console.err())
        .isZero();
    JsonNode ended = JSON.readTree(Files.readString(result));
    assertThat(console.err()).endsWith("; ended by the model.\n");
    assertThat(ended.get("generatedTokens")).hasSize(length);
    assertThat(ended.get("top")).hasSize(length + 1);
    for (int i = 0; i <= length; i++) {
      assertThat(ended.get("top").get(i)).isEqualTo(whole.get("top").get(i));
    }
  }

  @Test
  void showsProbabilitiesBeforeTemperatureAndPenalties() throws IOException {
    String[] plain = {"--prompt", NIGHT, "--max-tokens", "1", "--top", "5"};
    String[] hot =
        Stream.concat(
                Arrays.stream(plain),
                Stream.of("--temperature", "3", "--repeat-penalty", "2", "--seed", "9"))
            .toArray(String[]::new);
    assertThat(json(new Captured(""), hot).get("top"))
        .isEqualTo(json(new Captured(""), plain).get("top"));
  }

  @Test
  void repeatsItselfForTheSameSeedOnAnyNumberOfThreads() throws IOException {
    String[] args = {
      "--prompt", NIGHT, "--max-tokens", "16", "--temperature", "1.5", "--seed", "3"
    };
    JsonNode tokens = json(new Captured(""), args).get("generatedTokens");
    for (String threads : List.of("1", "2", "3")) {
      String[] more =
          Stream.concat(Arrays.stream(args), Stream.of("--threads", threads))
              .toArray(String[]::new);
      assertThat(json(new Captured(""), more).get("generatedTokens"))
          .as("%s threads", threads)
          .isEqualTo(tokens);
    }
    args[7] = "4";
    assertThat(json(new Captured(""), args).get("generatedTokens")).isNotEqualTo(tokens);
  }

  @Test
  void readsThePromptFromFilesAndStandardInput() throws IOException {
    Path file = Files.writeString(folder.resolve("prompt"), NIGHT);
    var fromFile = new Captured("");
    assertThat(fromFile.run(run("--prompt-file", file.toString(), "--max-tokens", "4"))).isZero();
    var fromInput = new Captured(NIGHT);
    assertThat(fromInput.run(run("--prompt-file", "-", "--max-tokens", "4"))).isZero();
    assertThat(fromFile.out()).isEqualTo(fromInput.out()).isEqualTo(" was in the room\n");
  }

  @Test
  void followsOptionsOverTheConfigurationFile() throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("adamas.yaml"),
            "policy: adamas-dot(budget=32)\nbackends: [scalar]\nthreads: 1\n");
    var fromFile = new Captured("");
    String[] args = run("--prompt", NIGHT, "--max-tokens", "2", "--config", config.toString());
    assertThat(fromFile.run(args)).as(fromFile.err()).isZero();
    assertThat(fromFile.err()).contains("; adamas-dot@1(budget=32) on scalar@1;");
    var overridden = new Captured("");
    String[] more =
        Stream.concat(
                Arrays.stream(args),
                Stream.of(
                    "--policy", "adamas", "--budget", "48", "--threads", "2", "--kv-type", "f32"))
            .toArray(String[]::new);
    assertThat(overridden.run(more)).as(overridden.err()).isZero();
    assertThat(overridden.err()).contains("; adamas@1(budget=48) on scalar@1;");
  }

  @Test
  void readsEveryTokenOrItsEstimateWhereNoPolicyIsNamed() throws IOException {
    var plain = new Captured("");
    assertThat(plain.run(run("--prompt", NIGHT, "--max-tokens", "2"))).as(plain.err()).isZero();
    assertThat(plain.err()).contains("; adamas-tail@1(budget=64) on cpu-vector@1;");
    Path config = Files.writeString(folder.resolve("threads.yaml"), "threads: 1\n");
    var configured = new Captured("");
    String[] args =
        run(
            "--prompt",
            NIGHT,
            "--max-tokens",
            "2",
            "--config",
            config.toString(),
            "--budget",
            "128");
    assertThat(configured.run(args)).as(configured.err()).isZero();
    assertThat(configured.err()).contains("; adamas-tail@1(budget=128) on cpu-vector@1;");
  }

  @Test
  void endsWithItsStatisticsWhenStopped() throws IOException {
    var stopped = new AtomicBoolean();
    var printed = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var terminal =
        new Terminal(
            InputStream.nullInputStream(),
            new PrintStream(printed, true, StandardCharsets.UTF_8) {
              @Override
              public void print(String text) {
                super.print(text);
                stopped.set(printed.size() > 10);
              }
            },
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            stopped);
    Path file = folder.resolve("stopped.json");
    int code =
        AdamasCommand.run(
            terminal, run("--prompt", NIGHT, "--max-tokens", "5000", "--json", file.toString()));
    assertThat(code).isZero();
    assertThat(printed.toString(StandardCharsets.UTF_8)).startsWith(" was in the").endsWith("\n");
    assertThat(err.toString(StandardCharsets.UTF_8))
        .endsWith("; adamas-tail@1(budget=64) on cpu-vector@1; stopped.\n");
    assertThat(JSON.readTree(Files.readString(file)).get("generatedTokens").size())
        .isBetween(3, 10);
  }

  @Test
  void stopsWhileItReadsThePrompt() throws IOException {
    Path file = Files.writeString(folder.resolve("long"), "word ".repeat(2000));
    var console = new Captured("");
    console.stopped().set(true);
    assertThat(console.run(run("--prompt-file", file.toString()))).isZero();
    assertThat(console.out()).isEmpty();
    assertThat(console.err())
        .matches(
            "Stopped while reading the prompt of [0-9]{4} tokens; adamas-tail@1\\(budget=64\\) on cpu-vector@1\\.\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--prompt=x --policy nonsense | 2 | There is no policy 'nonsense'; there are adamas",
        "--prompt=x --policy full --budget 64 | 2 | 'budget' is unknown",
        "--prompt=x --policy adamas --budget 0 | 2 | budget",
        "--prompt=x --policy adamas(bits= | 2 | Invalid value for option '--policy'",
        "--prompt=x --backend abacus | 2 | There is no backend 'abacus'; there are cpu-vector, scalar",
        "--prompt=x --kv-type f64 | 2 | 'f64' is not one of f16, bf16, f32",
        "--prompt=x --swap 5 | 2 | '5' must be TOKEN:POLICY or TOKEN:POLICY:BUDGET, such as 20:quest:64",
        "--prompt=x --swap 5:nonsense | 2 | There is no policy 'nonsense'; there are adamas",
        "--prompt=x --swap 5:quest:none | 2 | budget",
        "--prompt=x --swap 99999999999:quest | 2 | '99999999999' is no number of tokens",
        "--prompt=x --threads 0 | 2 | threads is 0",
        "--prompt=x --temperature -1 | 2 | temperature",
        "--prompt=x --max-tokens 0 | 2 | --max-tokens is 0; at least 1 is needed",
        "--prompt= | 2 | The prompt is empty; give the model some text to continue",
        "--prompt=x --prompt-file y | 2 | mutually exclusive",
        "--max-tokens 1 | 2 | Missing required argument",
        "--prompt=x --config missing.yaml | 1 | Configuration missing.yaml does not exist",
        "--prompt-file missing.txt | 1 | The file 'missing.txt' does not exist",
        "--prompt-file . | 1 | '.' is a folder; name a file",
        "--prompt=x --config . | 1 | Configuration . is a folder; name a YAML file",
      })
  void refusesInOneSentence(String arguments, int code, String sentence) {
    var console = new Captured("");
    assertThat(console.run(run(arguments.split(" ")))).as(console.err()).isEqualTo(code);
    assertThat(console.err()).startsWith("adamas: ").contains(sentence).endsWith(".\n");
    assertThat(console.err().lines()).hasSize(1);
    assertThat(console.out()).isEmpty();
  }

  @Test
  void refusesAPromptLongerThanTheContext() throws IOException {
    Path file = Files.writeString(folder.resolve("long"), "word ".repeat(40_000));
    var console = new Captured("");
    assertThat(console.run(run("--prompt-file", file.toString()))).isEqualTo(1);
    assertThat(console.err())
        .matches(
            "adamas: The prompt has \\d+ tokens, but the model's context is 32768; shorten it\\.\n");
  }

  @Test
  void refusesConfigurationsAndModelsThatAreBroken() throws IOException {
    Path config = Files.writeString(folder.resolve("bad.yaml"), "polcy: full\n");
    var unknownKey = new Captured("");
    assertThat(unknownKey.run(run("--prompt", "x", "--config", config.toString()))).isEqualTo(1);
    assertThat(unknownKey.err()).contains("polcy").contains("policy").endsWith(".\n");
    byte[] whole = Files.readAllBytes(EmbeddedFile.PATH);
    for (int length : List.of(0, 3, 100, 5000, whole.length / 2, whole.length - 1)) {
      Path truncated = Files.write(folder.resolve("truncated.gguf"), Arrays.copyOf(whole, length));
      var console = new Captured("");
      assertThat(console.run("run", "--model", truncated.toString(), "--prompt", "x"))
          .as("%d bytes", length)
          .isEqualTo(1);
      assertThat(console.err().lines()).as(console.err()).hasSize(1);
      assertThat(console.err()).contains("truncated.gguf").endsWith(".\n");
    }
  }

  /** Fails as a pipe without a reader and a full disk do. */
  private static final class Failing extends OutputStream {
    private final String message;

    Failing(String message) {
      this.message = message;
    }

    @Override
    public void write(int b) throws IOException {
      throw new IOException(message);
    }
  }

  private static List<String> errorsWhereOutputFails(String message) {
    var err = new ByteArrayOutputStream();
    var terminal =
        new Terminal(
            InputStream.nullInputStream(),
            new ResultStream(new Failing(message)),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            new AtomicBoolean());
    assertThat(AdamasCommand.run(terminal, run("--prompt=x", "--max-tokens", "2000"))).isEqualTo(1);
    return err.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void endsWhereNobodyReadsItsText() {
    List<String> lines = errorsWhereOutputFails("Broken pipe");
    assertThat(lines).hasSize(1);
    assertThat(lines.getFirst())
        .matches(".* [12] generated .*; stopped because standard output is closed\\.");
  }

  @Test
  void saysThatItsTextIsLost() {
    List<String> lines = errorsWhereOutputFails("No space left on device");
    assertThat(lines).hasSize(2);
    assertThat(lines.getLast())
        .isEqualTo(
            "adamas: Standard output could not be written; it was closed, or its disk is full.");
  }
}
