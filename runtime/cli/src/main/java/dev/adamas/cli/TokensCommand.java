package dev.adamas.cli;

import dev.adamas.model.gguf.GgufFile;
import dev.adamas.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code adamas tokens}: what a model's tokenizer makes of texts. */
@Command(
    name = "tokens",
    description =
        "Prints the tokens of a text as JSON: {\"tokens\":[...]}, for several texts"
            + " {\"tokens\":[[...],...]}. No begin token is added.")
final class TokensCommand implements Callable<Integer> {

  /** Where the text comes from. */
  static final class Source {
    @Option(names = "--text", paramLabel = "TEXT", required = true, description = "The text.")
    private Optional<String> text = Optional.empty();

    @Option(
        names = "--file",
        paramLabel = "FILE",
        required = true,
        description = "A file with the text; '-' is standard input.")
    private Optional<String> file = Optional.empty();

    @Option(
        names = "--json-texts",
        paramLabel = "FILE",
        required = true,
        description = "A JSON array of texts; '-' is standard input.")
    private Optional<String> jsonTexts = Optional.empty();
  }

  /** The result for one text. */
  record One(List<Integer> tokens) {}

  /** The result for several texts. */
  record Several(List<List<Integer>> tokens) {}

  @Option(names = "--model", paramLabel = "FILE", required = true, description = "A GGUF file.")
  @SuppressWarnings("NullAway.Init") // required
  private Path model;

  @ArgGroup(multiplicity = "1")
  @SuppressWarnings("NullAway.Init") // required
  private Source source;

  @Option(
      names = "--special",
      description = "Names of control tokens in the text, such as <|im_end|>, become these tokens.")
  private boolean special;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      converter = Json.OutputFile.class,
      description = "Write the JSON to a file instead of standard output.")
  private Optional<Path> json = Optional.empty();

  private final Terminal terminal;

  TokensCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    try (GgufFile file = GgufFile.open(model)) {
      Object result = result(Tokenizer.of(file.metadata()));
      if (json.isPresent()) {
        Json.write(json.get(), result);
      } else {
        terminal.out().println(Json.text(result));
      }
    }
    return 0;
  }

  private Object result(Tokenizer tokenizer) throws IOException {
    if (source.jsonTexts.isPresent()) {
      String name = source.jsonTexts.get();
      return new Several(
          Json.strings(name, Texts.read(terminal, name)).stream()
              .map(text -> tokens(tokenizer, text))
              .toList());
    }
    String text =
        source.text.isPresent()
            ? source.text.get()
            : Texts.read(terminal, source.file.orElseThrow());
    return new One(tokens(tokenizer, text));
  }

  private List<Integer> tokens(Tokenizer tokenizer, String text) {
    return Arrays.stream(tokenizer.encode(text, false, special)).boxed().toList();
  }
}
