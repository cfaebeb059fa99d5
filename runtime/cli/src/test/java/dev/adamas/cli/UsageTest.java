package dev.adamas.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UsageTest {

  @ParameterizedTest
  @ValueSource(strings = {"demo", "run", "eval", "report", "list", "tokens", "info", "tck"})
  void explainsEveryCommand(String command) {
    var console = new Captured("");
    assertThat(console.run(command, "--help")).isZero();
    assertThat(console.out()).startsWith("Usage: adamas " + command).contains("--verbose");
    assertThat(console.err()).isEmpty();
  }

  @Test
  void listsItsCommands() {
    var console = new Captured("");
    assertThat(console.run("--help")).isZero();
    assertThat(console.out())
        .contains(
            "demo", "run", "eval", "report", "list", "tokens", "info", "tck", "soak", "Exit codes");
  }

  @Test
  void saysItsVersion() {
    var console = new Captured("");
    assertThat(console.run("--version")).isZero();
    assertThat(console.out()).startsWith("adamas ").contains("Java 25");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "| Name a command; 'adamas --help' explains the usage.",
        "--nonsense | Unknown option: '--nonsense'; 'adamas --help' explains the usage.",
        "rum --model x | There is no command 'rum'; there are demo, soak, run, eval, report, list, tokens, info, tck;"
            + " 'adamas --help' explains the usage.",
        "tokens --text x | Missing required option: '--model=FILE'; 'adamas tokens --help' explains"
            + " the usage.",
        "tokens --model x --json /no/such/folder/x | Invalid value for option '--json': there is no"
            + " folder '/no/such/folder'; 'adamas tokens --help' explains the usage.",
      })
  void refusesWrongUsageInOneSentence(String arguments, String sentence) {
    var console = new Captured("");
    String[] args = arguments == null ? new String[0] : arguments.split(" ");
    assertThat(console.run(args)).isEqualTo(2);
    assertThat(console.err()).isEqualTo("adamas: " + sentence + "\n");
    assertThat(console.out()).isEmpty();
  }

  @Test
  void printsAStackTraceOnlyWhenAsked() {
    var quiet = new Captured("");
    assertThat(quiet.run("tokens", "--model", "missing.gguf", "--text", "x")).isEqualTo(1);
    assertThat(quiet.err()).isEqualTo("adamas: missing.gguf does not exist; check the path.\n");
    var verbose = new Captured("");
    assertThat(verbose.run("tokens", "--model", "missing.gguf", "--text", "x", "--verbose"))
        .isEqualTo(1);
    assertThat(verbose.err()).startsWith(quiet.err()).contains("\tat dev.adamas.");
  }

  @Test
  void turnsErrorsIntoSentences() {
    assertThat(Sentences.of(new IllegalArgumentException("Two\n  lines."))).isEqualTo("Two lines.");
    assertThat(Sentences.of(new IllegalStateException()))
        .isEqualTo("Unexpected IllegalStateException; run again with --verbose to see where.");
    assertThat(Sentences.of(new java.nio.file.NoSuchFileException("a/b")))
        .isEqualTo("The file 'a/b' does not exist.");
    assertThat(
            Sentences.of(
                new java.io.UncheckedIOException(new java.nio.file.AccessDeniedException("a"))))
        .isEqualTo("The file 'a' may not be accessed.");
  }
}
