package dev.adamas.cli;

import dev.adamas.cli.soak.SoakException;
import dev.adamas.cli.soak.SoakRun;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code adamas soak}: hot swap under load. */
@Command(
    name = "soak",
    description = {
      "Swaps policies in live sequences of the embedded model, again and again, while plugins are"
          + " loaded, replaced and unloaded from a watched directory and from an OSGi framework.",
      "Every step is compared, bit for bit, with a run that changes policies by forking. At the end"
          + " no plugin's class loader and no native memory may be left."
    })
final class SoakCommand implements Callable<Integer> {

  @Option(
      names = "--swaps",
      paramLabel = "N",
      defaultValue = "10000",
      description = "Swaps in all (default ${DEFAULT-VALUE}).")
  private int swaps;

  @Option(
      names = "--context",
      paramLabel = "N",
      defaultValue = "2048",
      description = "Tokens of each prompt, from 256 to 30000 (default ${DEFAULT-VALUE}).")
  private int context;

  @Option(
      names = "--sequences",
      paramLabel = "N",
      defaultValue = "2",
      description = "Live sequences, from 1 to 64 (default ${DEFAULT-VALUE}).")
  private int sequences;

  @Option(
      names = "--change-every",
      paramLabel = "N",
      defaultValue = "20",
      description = "Swaps between two changes of plugins (default ${DEFAULT-VALUE}).")
  private int changeEvery;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads (default: one per processor).")
  private Optional<Integer> threads = Optional.empty();

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Chooses prompts, policies and budgets (default ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      converter = Json.OutputFile.class,
      description = "Write the figures there.")
  private Optional<Path> json = Optional.empty();

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  private final Terminal terminal;

  SoakCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    range("--swaps", swaps, 1, 10_000_000);
    range("--context", context, 256, 30_000);
    range("--sequences", sequences, 1, 64);
    range("--change-every", changeEvery, 1, 10_000_000);
    int workers = threads.orElseGet(() -> Runtime.getRuntime().availableProcessors());
    range("--threads", workers, 1, 4096);
    var progress = new Progress(terminal, "Swapping", swaps, System::nanoTime);
    SoakRun.Report report;
    try {
      report =
          SoakRun.run(
              new SoakRun.Plan(swaps, context, sequences, changeEvery, workers, seed),
              terminal.stopped()::get,
              done -> {
                if (terminal.interactive()) {
                  progress.update((int) Math.min(done, swaps));
                }
              });
    } catch (SoakException e) {
      terminal.err().println("adamas: " + e.getMessage());
      return 1;
    }
    print(report);
    if (json.isPresent()) {
      Json.write(json.get(), report);
    }
    return report.loadersLeft() + report.cacheBytesLeft() + report.indexesLeft() == 0 ? 0 : 1;
  }

  private void range(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new ParameterException(
          spec.commandLine(),
          "%s takes a number from %d to %d, not %d.".formatted(name, least, most, value));
    }
  }

  private void print(SoakRun.Report report) {
    PrintStream out = terminal.out();
    out.printf(
        Locale.ROOT,
        "%d swaps in %.0f s: %d completed, %d refused because their plugin was leaving.%n",
        report.swaps(),
        report.seconds(),
        report.completed(),
        report.refused());
    out.printf(
        Locale.ROOT,
        "%d tokens and their logits equal the reference's, over %d changes of policy.%n",
        report.tokens(),
        report.changes());
    out.printf(
        Locale.ROOT,
        "%d plugins loaded and unloaded; left at the end: %d class loaders, %d bytes of caches, %d indexes.%n",
        report.pluginsLoaded(),
        report.loadersLeft(),
        report.cacheBytesLeft(),
        report.indexesLeft());
    out.printf(
        "After each tenth, in MB: objects on the heap %s; resident memory %s.%n",
        text(report.heapMb()), text(report.residentMb()));
  }

  private static String text(List<Long> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(" "));
  }
}
