package dev.adamas.cli;

import dev.adamas.eval.report.Report;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code adamas report}: a table, a summary and charts of evaluations' results. */
@Command(
    name = "report",
    description = {
      "Summarises what 'adamas eval' has found: prints a table, and writes summary.json and"
          + " report.html, a page with charts that needs no network.",
      "Several folders of one model, shards or runs with other tasks, policies, budgets or contexts, are"
          + " merged. A run in progress can be reported, too."
    })
final class ReportCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "DIR",
      arity = "1..*",
      description = "Folders with results, as 'adamas eval --out' wrote them.")
  private List<Path> folders = List.of();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Folder for summary.json and report.html (default: the folder with the results, the"
              + " current folder where there are several).")
  private Optional<Path> out = Optional.empty();

  @Option(
      names = "--picture",
      paramLabel = "FILE",
      converter = Json.OutputFile.class,
      description =
          "Write an SVG picture, too, for a document: perplexity lost against budget, or quality"
              + " where there is no perplexity.")
  private Optional<Path> picture = Optional.empty();

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  private final Terminal terminal;

  ReportCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    folders.forEach(folder -> Usage.requireName(spec, "DIR", folder, "a folder"));
    out.ifPresent(folder -> Usage.requireName(spec, "--out", folder, "a folder"));
    Path target = out.orElse(folders.size() == 1 ? folders.getFirst() : Path.of(""));
    Report report = publish(folders, target, terminal);
    if (picture.isPresent()) {
      report.writePicture(picture.get());
      terminal.err().printf("Wrote %s.%n", picture.get());
    }
    return 0;
  }

  /** Prints the table of some folders' results, and writes summary and page to {@code target}. */
  static Report publish(List<Path> folders, Path target, Terminal terminal) throws IOException {
    Report report = Report.read(folders);
    ResultsTable.print(report, terminal.out()); // first: a full disk does not cost it
    OutputFolder.prepare(target);
    report.writeTo(target);
    terminal
        .err()
        .printf("Wrote %s and %s.%n", target.resolve(Report.SUMMARY), target.resolve(Report.PAGE));
    return report;
  }
}
