package dev.adamas.eval.report;

import dev.adamas.eval.RunInfo;
import dev.adamas.eval.SampleResult;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/**
 * What evaluations of one model found: rows of scores, compared with full attention on the same
 * prompts. Immutable; any number of threads may use one.
 *
 * {@snippet :
 * Report report = Report.read(List.of(Path.of("shard-0"), Path.of("shard-1")));
 * report.writeTo(Path.of("merged")); // summary.json and report.html
 * }
 */
public final class Report {

  /** The file with the rows, for programs. */
  public static final String SUMMARY = "summary.json";

  /** The file with the charts, for people. */
  public static final String PAGE = "report.html";

  private final List<RunInfo> runs;
  private final Instant written;
  private final List<Row> rows;
  private final List<SpeedUp> speedUps;

  private Report(List<RunInfo> runs, Instant written, List<SampleResult> samples) {
    this.runs = List.copyOf(runs);
    this.written = written;
    this.rows = Rows.of(samples);
    this.speedUps = SpeedUp.of(samples);
  }

  /**
   * Reads the folders of one or several runs or shards, finished or not. A sample that several have
   * computed counts once.
   *
   * @param folders each with {@code run.json} and {@code results.jsonl}; at least one
   * @throws ReportException where a folder's files cannot be understood, there are no results at
   *     all, the folders do not belong together (other models or number formats, other samples of a
   *     task that they share), or results contradict each other: other prompts or outcomes of the
   *     same sample, one name for two policies
   * @throws IOException where a file cannot be read
   */
  public static Report read(List<Path> folders) throws IOException {
    if (folders.isEmpty()) {
      throw new IllegalArgumentException("A report needs at least one folder.");
    }
    List<ResultsFolder> read = new ArrayList<>();
    for (Path folder : folders) {
      read.add(ResultsFolder.read(folder));
    }
    List<SampleResult> samples = Merge.of(read);
    if (samples.isEmpty()) {
      throw new ReportException(
          "There are no results in '%s' yet; wait for the first sample."
              .formatted(folders.getFirst()));
    }
    return new Report(
        read.stream().map(ResultsFolder::run).toList(),
        read.stream().map(ResultsFolder::written).max(Comparator.naturalOrder()).orElseThrow(),
        samples);
  }

  /** Name of the model. */
  public String model() {
    return runs.getFirst().model();
  }

  /** The runs, in the order of their folders. */
  public List<RunInfo> runs() {
    return runs;
  }

  /** Rows by task (perplexity last), context, policy (full attention first) and budget. */
  public List<Row> rows() {
    return rows;
  }

  /**
   * The rows as cells of text, for a table of ten columns: titles first, then a line per row. The
   * cells of the columns task and policy are words, those of the others figures; task and context
   * are given where they change and empty elsewhere.
   */
  public List<List<String>> table() {
    return DataTables.cells(rows);
  }

  /**
   * Writes {@value #SUMMARY} and {@value #PAGE}; each appears as a whole, or not at all.
   *
   * @param folder made where it does not exist
   * @throws IOException where a file cannot be written
   */
  public void writeTo(Path folder) throws IOException {
    Files.createDirectories(folder);
    write(
        folder.resolve(SUMMARY),
        JsonMapper.builder().build().writeValueAsString(Summary.of(model(), rows)) + "\n");
    write(folder.resolve(PAGE), Page.of(runs, written, rows, speedUps));
  }

  /**
   * Writes one chart per context as an SVG file that documents can show: perplexity lost against
   * budget where a perplexity was measured, quality against budget elsewhere.
   *
   * @throws ReportException where no policy was compared with full attention yet
   * @throws IOException where the file cannot be written
   */
  public void writePicture(Path file) throws IOException {
    List<String> policies = Rows.policies(rows);
    var charts = new Charts(rows, policies);
    List<Chart> shown = charts.lossByBudget();
    if (shown.isEmpty()) {
      shown = charts.scoreByBudget();
    }
    if (shown.isEmpty()) {
      throw new ReportException(
          "There is nothing to draw: no policy has a result beside full attention's.");
    }
    write(file, Picture.of(shown, policies));
  }

  private static void write(Path file, String text) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      Files.writeString(part, text);
      try {
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (AtomicMoveNotSupportedException _) {
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (FileSystemException e) {
      Files.deleteIfExists(part);
      throw e; // names the file
    } catch (IOException e) {
      Files.deleteIfExists(part);
      throw new ReportException(
          "'%s' cannot be written (%s); free space there and report again."
              .formatted(file, e.getMessage()),
          e);
    }
  }
}
