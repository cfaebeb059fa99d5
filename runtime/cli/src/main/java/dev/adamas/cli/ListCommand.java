package dev.adamas.cli;

import dev.adamas.api.Parameter;
import dev.adamas.engine.Catalogue;
import dev.adamas.engine.EngineConfig;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code adamas list}: what configuration can name. */
@Command(
    name = "list",
    description =
        "Lists policies, stages and backends with their versions and where they come from.")
final class ListCommand implements Callable<Integer> {

  private static final Map<Catalogue.Kind, String> TITLES = titles();

  @Option(
      names = {"-v", "--parameters"},
      description = "List what can be set on each, with the default.")
  private boolean parameters;

  @Mixin private PluginOptions plugins = new PluginOptions();

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  private final Terminal terminal;

  ListCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  private static Map<Catalogue.Kind, String> titles() {
    var titles = new LinkedHashMap<Catalogue.Kind, String>();
    titles.put(Catalogue.Kind.POLICY, "Policies");
    titles.put(Catalogue.Kind.TRANSFORM, "Transforms");
    titles.put(Catalogue.Kind.QUANTIZER, "Quantisers");
    titles.put(Catalogue.Kind.DISTANCE, "Distances");
    titles.put(Catalogue.Kind.SELECTOR, "Selectors");
    titles.put(Catalogue.Kind.BACKEND, "Backends");
    return java.util.Collections.unmodifiableMap(titles);
  }

  @Override
  public Integer call() {
    EngineConfig.Builder builder = EngineConfig.builder().threads(1);
    plugins.over(EngineConfig.defaults(), builder);
    try (PluginOptions.Running running = Usage.check(spec, () -> plugins.engine(builder.build()))) {
      Catalogue catalogue = running.engine().catalogue();
      TITLES.forEach((kind, title) -> print(title, catalogue.of(kind)));
      PrintStream out = terminal.out();
      out.println("Plugins");
      catalogue.plugins().stream()
          .map(p -> "  %s %s from %s".formatted(p.name(), p.version(), p.origin()))
          .forEach(out::println);
      catalogue.problems().forEach(problem -> out.println("Refused: " + problem));
    }
    return 0;
  }

  private void print(String title, List<Catalogue.Component> components) {
    PrintStream out = terminal.out();
    int name = components.stream().mapToInt(c -> c.name().length()).max().orElse(0);
    int plugin = components.stream().mapToInt(c -> c.plugin().length()).max().orElse(0);
    out.println(title);
    for (Catalogue.Component component : components) {
      out.println(
          "  %s  %s  %s"
              .formatted(
                  padded(component.name(), name),
                  padded(component.plugin(), plugin),
                  component.description()));
      component.unavailable().ifPresent(reason -> out.println("      unavailable: " + reason));
      if (parameters) {
        component.parameters().forEach(parameter -> out.println("      " + text(parameter)));
      }
    }
    out.println();
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(width - text.length());
  }

  private static String text(Parameter parameter) {
    return "%s=%s  (%s) %s"
        .formatted(
            parameter.name(),
            parameter.defaultValue(),
            values(parameter.kind()),
            parameter.description());
  }

  private static String values(Parameter.Kind kind) {
    return switch (kind) {
      case Parameter.Kind.Whole(long min, long max) ->
          max == Long.MAX_VALUE || max == Integer.MAX_VALUE
              ? "at least " + min
              : min + " to " + max;
      case Parameter.Kind.Real(double min, double max) -> min + " to " + max;
      case Parameter.Kind.Flag() -> "true, false";
      case Parameter.Kind.Choice(List<String> choices) -> String.join(", ", choices);
      case Parameter.Kind.Text() -> "text";
      case Parameter.Kind.Tokens() -> "tokens, share such as 5%, or top-p:0.9";
      case Parameter.Kind.StageReference(var stage) ->
          stage.getSimpleName().toLowerCase(java.util.Locale.ROOT);
    };
  }
}
