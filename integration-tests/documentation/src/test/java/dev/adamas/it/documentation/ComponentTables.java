package dev.adamas.it.documentation;

import dev.adamas.api.Parameter;
import dev.adamas.engine.Catalogue;
import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The README's tables of what exists and what can be set on it. */
final class ComponentTables {

  private ComponentTables() {}

  static String text() {
    try (Engine engine = Engine.create(EngineConfig.builder().threads(1).build())) {
      StringBuilder text = new StringBuilder();
      for (Catalogue.Kind kind : Catalogue.Kind.values()) {
        List<Catalogue.Component> components =
            engine.catalogue().of(kind).stream()
                // The README's own example.
                .filter(component -> !component.plugin().startsWith("interleaved "))
                .toList();
        text.append("\n| ")
            .append(kind.name().toLowerCase(Locale.ROOT))
            .append(" | meaning | parameter | values | default | what it sets |\n")
            .append("|---|---|---|---|---|---|\n");
        components.forEach(component -> rows(text, component));
      }
      return text.append('\n').toString();
    }
  }

  private static void rows(StringBuilder text, Catalogue.Component component) {
    String name = "`" + component.name() + "` | " + component.description();
    if (component.parameters().isEmpty()) {
      text.append("| ").append(name).append(" | | | | |\n");
    }
    for (Parameter parameter : component.parameters()) {
      text.append("| ")
          .append(name)
          .append(" | `")
          .append(parameter.name())
          .append("` | ")
          .append(values(parameter.kind()))
          .append(" | ")
          .append(parameter.defaultValue().isEmpty() ? "" : "`" + parameter.defaultValue() + "`")
          .append(" | ")
          .append(parameter.description())
          .append(" |\n");
      name = " | ";
    }
  }

  private static String values(Parameter.Kind kind) {
    return switch (kind) {
      case Parameter.Kind.Whole(long min, long max) ->
          max >= Integer.MAX_VALUE ? "whole, at least " + min : "whole, " + min + " to " + max;
      case Parameter.Kind.Real(double min, double max) -> "number, " + min + " to " + max;
      case Parameter.Kind.Flag() -> "`true`, `false`";
      case Parameter.Kind.Choice(List<String> choices) ->
          choices.stream().map(choice -> "`" + choice + "`").collect(Collectors.joining(", "));
      case Parameter.Kind.Text() -> "text";
      case Parameter.Kind.Tokens() -> "budget";
      case Parameter.Kind.StageReference(var stage) ->
          stage.getSimpleName().toLowerCase(Locale.ROOT);
    };
  }
}
