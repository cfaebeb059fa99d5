package dev.adamas.engine;

import dev.adamas.api.Parameter;
import java.util.List;
import java.util.Optional;

/**
 * What exists at one moment: an immutable snapshot.
 *
 * @param components policies, stages and backends, by kind, id and version
 * @param plugins what offers them, several versions of one plugin included
 * @param problems providers and components that were refused, one sentence each
 */
public record Catalogue(List<Component> components, List<Plugin> plugins, List<String> problems) {

  /** Kinds of component. */
  public enum Kind {
    /** An attention policy. */
    POLICY,
    /** A pipeline's transform. */
    TRANSFORM,
    /** A pipeline's quantiser. */
    QUANTIZER,
    /** A pipeline's distance. */
    DISTANCE,
    /** A pipeline's selector. */
    SELECTOR,
    /** A compute backend. */
    BACKEND;

    /** The word for it in messages. */
    String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /**
   * One component.
   *
   * @param kind what it is
   * @param id its id
   * @param version its version
   * @param description one line
   * @param parameters what can be set
   * @param plugin name and version of the plugin that offers it; the newest where several versions
   *     of the plugin offer it
   * @param origin module and location, jar, folder or bundle that it comes from
   * @param unavailable why it cannot be used, a full sentence; empty where it can
   */
  public record Component(
      Kind kind,
      String id,
      int version,
      String description,
      List<Parameter> parameters,
      String plugin,
      String origin,
      Optional<String> unavailable) {
    /** Copies {@code parameters}. */
    public Component {
      parameters = List.copyOf(parameters);
    }

    /** {@code id@version}. */
    public String name() {
      return id + "@" + version;
    }
  }

  /**
   * One version of a plugin.
   *
   * @param name the plugin's name
   * @param version its version
   * @param origin module and location, jar, folder or bundle
   */
  public record Plugin(String name, String version, String origin) {}

  /** Copies the lists. */
  public Catalogue {
    plugins = List.copyOf(plugins);
    components = List.copyOf(components);
    problems = List.copyOf(problems);
  }

  /** The components of one kind. */
  public List<Component> of(Kind kind) {
    return components.stream().filter(c -> c.kind() == kind).toList();
  }
}
