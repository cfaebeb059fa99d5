package dev.adamas.eval.report;

import dev.adamas.eval.RunInfo;
import dev.adamas.eval.SampleResult;
import dev.adamas.eval.stored.StoredRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What one run or shard has written so far.
 *
 * @param path its folder
 * @param run from {@code run.json}
 * @param written when {@code results.jsonl} was last written
 * @param results from {@code results.jsonl}, in its order
 */
record ResultsFolder(Path path, RunInfo run, Instant written, List<SampleResult> results) {

  static final String RUN = "run.json";
  static final String RESULTS = "results.jsonl";

  ResultsFolder {
    results = List.copyOf(results);
  }

  /**
   * Reads a folder. A last line without its end is the line that a running evaluation is writing,
   * or was when it was killed: it is left out unless it is complete.
   */
  static ResultsFolder read(Path folder) throws IOException {
    RunInfo run = run(require(folder, RUN));
    Path file = require(folder, RESULTS);
    Instant written = Files.getLastModifiedTime(file).toInstant();
    return new ResultsFolder(folder, run, written, results(file, Files.readAllBytes(file)));
  }

  private static Path require(Path folder, String name) throws ReportException {
    Path file = folder.resolve(name);
    if (!Files.isRegularFile(file)) {
      throw new ReportException(
          "'%s' has no %s; name the folder that an evaluation wrote with --out."
              .formatted(folder, name));
    }
    return file;
  }

  private static RunInfo run(Path file) throws IOException {
    try {
      return StoredRecord.read(
          new String(Files.readAllBytes(file), StandardCharsets.UTF_8), RunInfo.class);
    } catch (IllegalArgumentException e) {
      throw new ReportException(
          "'%s' does not describe a run (%s); begin the run again in another folder."
              .formatted(file, e.getMessage()),
          e);
    }
  }

  private static List<SampleResult> results(Path file, byte[] bytes) throws ReportException {
    List<SampleResult> results = new ArrayList<>();
    int number = 0;
    for (int start = 0; start < bytes.length; ) {
      int end = start;
      while (end < bytes.length && bytes[end] != '\n') {
        end++;
      }
      number++;
      boolean ended = end < bytes.length;
      String line = new String(bytes, start, end - start, StandardCharsets.UTF_8);
      try {
        results.add(valid(StoredRecord.read(line, SampleResult.class)));
      } catch (IllegalArgumentException e) {
        if (ended) {
          throw new ReportException(
              "Line %d of '%s' is no result (%s); repair or delete the line."
                  .formatted(number, file, e.getMessage()),
              e);
        }
      }
      start = end + 1;
    }
    return results;
  }

  private static SampleResult valid(SampleResult result) {
    if (!Double.isFinite(result.score())) {
      throw new IllegalArgumentException("its score is " + result.score());
    }
    if (result.context() < 1) {
      throw new IllegalArgumentException("its context is " + result.context());
    }
    if (Scoring.isPerplexity(result.task()) && result.tokens() < 1) {
      throw new IllegalArgumentException("a perplexity over " + result.tokens() + " tokens");
    }
    return result;
  }
}
