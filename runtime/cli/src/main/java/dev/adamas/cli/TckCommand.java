package dev.adamas.cli;

import dev.adamas.tck.Check;
import dev.adamas.tck.JarChecks;
import dev.adamas.tck.Tck;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code adamas tck}: the checks of a plugin's jar. */
@Command(
    name = "tck",
    description =
        "Checks a plugin: every provider, stage, policy and backend of a jar, with default settings."
            + " Exits with 1 where a check fails.")
final class TckCommand implements Callable<Integer> {

  /** What came of a check, as JSON. */
  record Result(
      String component, String check, String proves, String result, String reason, long millis) {}

  @Option(
      names = "--plugin",
      paramLabel = "JAR",
      required = true,
      description = "The plugin's jar, or a folder of its jars or classes.")
  @SuppressWarnings("NullAway.Init") // required
  private Path plugin;

  @Option(
      names = "--component",
      paramLabel = "NAME",
      description = "Check one component, such as my-policy or my-policy@1.")
  private Optional<String> component = Optional.empty();

  @Option(names = "--json", description = "Print a JSON array instead of a table.")
  private boolean json;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  private final Terminal terminal;

  TckCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    List<Result> results = new ArrayList<>();
    try (JarChecks jar = JarChecks.open(plugin)) {
      List<Tck.Item> items = chosen(jar.items());
      for (Tck.Item item : items) {
        if (terminal.interactive()) {
          terminal
              .err()
              .print(
                  "\r\033[K%d of %d: %s, %s"
                      .formatted(
                          results.size() + 1, items.size(), item.component(), item.check().name()));
        }
        if (terminal.stopped().get()) {
          break;
        }
        results.add(run(item));
      }
      if (terminal.interactive()) {
        terminal.err().print("\r\033[K");
      }
    }
    print(results);
    boolean failed = results.stream().anyMatch(r -> r.result.equals("failed"));
    return failed || terminal.stopped().get()
        ? CommandLine.ExitCode.SOFTWARE
        : CommandLine.ExitCode.OK;
  }

  private List<Tck.Item> chosen(List<Tck.Item> items) {
    if (component.isEmpty()) {
      return items;
    }
    List<Tck.Item> chosen =
        items.stream().filter(item -> matches(item.component(), component.get())).toList();
    Usage.require(
        spec,
        !chosen.isEmpty(),
        "The plugin has no component '%s'; it has %s"
            .formatted(
                component.get(),
                items.stream()
                    .map(Tck.Item::component)
                    .distinct()
                    .collect(Collectors.joining(", "))));
    return chosen;
  }

  /** {@code policy a@1} is matched by itself, by {@code a@1} and by {@code a}. */
  private static boolean matches(String name, String wanted) {
    String reference = name.substring(name.indexOf(' ') + 1);
    return wanted.equals(name)
        || wanted.equals(reference)
        || wanted.equals(reference.replaceFirst("@.*", ""));
  }

  private static Result run(Tck.Item item) {
    long start = System.nanoTime();
    Check.Outcome outcome = item.check().run();
    long millis = (System.nanoTime() - start) / 1_000_000;
    Check check = item.check();
    return switch (outcome) {
      case Check.Outcome.Passed _ ->
          new Result(item.component(), check.name(), check.proves(), "passed", "", millis);
      case Check.Outcome.Failed(String reason, Throwable _) ->
          new Result(item.component(), check.name(), check.proves(), "failed", reason, millis);
      case Check.Outcome.Skipped(String reason) ->
          new Result(item.component(), check.name(), check.proves(), "skipped", reason, millis);
    };
  }

  private void print(List<Result> results) {
    if (json) {
      terminal.out().println(Json.text(results));
      return;
    }
    var table =
        new Table(
            List.of(
                new Table.Column("component", Table.Align.LEFT),
                new Table.Column("check", Table.Align.LEFT),
                new Table.Column("result", Table.Align.LEFT),
                new Table.Column("", Table.Align.LEFT)));
    for (Result r : results) {
      table.row(
          List.of(
              r.component,
              r.check,
              r.result,
              (r.reason.isEmpty() ? r.proves : r.reason).replaceAll("\\s*\\R\\s*", " ")));
    }
    table.print(terminal.out());
    terminal
        .out()
        .println(
            "%d passed, %d failed, %d skipped"
                .formatted(
                    count(results, "passed"), count(results, "failed"), count(results, "skipped")));
  }

  private static long count(List<Result> results, String result) {
    return results.stream().filter(r -> r.result.equals(result)).count();
  }
}
