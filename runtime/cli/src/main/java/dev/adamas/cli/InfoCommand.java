package dev.adamas.cli;

import dev.adamas.api.KvType;
import dev.adamas.api.ModelShape;
import dev.adamas.model.decoder.DecoderConfig;
import dev.adamas.model.gguf.GgufFile;
import dev.adamas.model.gguf.GgufTensor;
import dev.adamas.model.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code adamas info}: what a model file holds. */
@Command(
    name = "info",
    description =
        "Prints a model's architecture, shape, tokenizer, tensor types and KV cache size.")
final class InfoCommand implements Callable<Integer> {

  @Option(names = "--model", paramLabel = "FILE", required = true, description = "A GGUF file.")
  @SuppressWarnings("NullAway.Init") // required
  private Path model;

  private final Terminal terminal;

  InfoCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (GgufFile file = GgufFile.open(model)) {
      DecoderConfig config = DecoderConfig.read(file);
      ModelShape shape = config.shape();
      print(
          "File",
          "%s, %s, GGUF version %d"
              .formatted(file.name(), megabytes(file.byteSize()), file.version()));
      file.metadata().string("general.name").ifPresent(name -> print("Name", printable(name)));
      print("Architecture", config.architecture());
      print(
          "Shape",
          "%d layers, width %d, %d query heads, %d KV heads, head dimension %d, feed-forward %d"
              .formatted(
                  shape.layers(),
                  config.width(),
                  shape.queryHeads(),
                  shape.kvHeads(),
                  shape.headDim(),
                  config.feedForward()));
      print("Context", config.context() + " tokens");
      Tokenizer tokenizer = Tokenizer.of(file.metadata());
      print(
          "Tokenizer",
          "%s, %d tokens, %s"
              .formatted(
                  tokenizer.description(),
                  tokenizer.vocabularySize(),
                  tokenizer.addsBegin()
                      ? "prompts begin with token " + tokenizer.beginToken().orElseThrow()
                      : "prompts have no begin token"));
      print("Tensors", types(file));
      long values = 2L * shape.layers() * shape.kvHeads() * shape.headDim();
      print(
          "KV cache",
          "%d bytes per token in f16 (%s for the whole context), %d in f32"
              .formatted(
                  values * KvType.F16.bytes(),
                  megabytes(values * KvType.F16.bytes() * config.context()),
                  values * KvType.F32.bytes()));
    }
    return 0;
  }

  private void print(String title, String text) {
    terminal.out().println(title + " ".repeat(14 - title.length()) + text);
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
  }

  /** Names come from the file: control characters could rewrite the terminal. */
  private static String printable(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }

  private static String types(GgufFile file) {
    Map<String, Long> bytes = new TreeMap<>();
    Map<String, Integer> count = new TreeMap<>();
    for (GgufTensor tensor : file.tensors()) {
      bytes.merge(tensor.type().toString(), tensor.data().byteSize(), Long::sum);
      count.merge(tensor.type().toString(), 1, Integer::sum);
    }
    return bytes.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .map(
            e -> "%d %s (%s)".formatted(count.get(e.getKey()), e.getKey(), megabytes(e.getValue())))
        .collect(Collectors.joining(", "));
  }
}
