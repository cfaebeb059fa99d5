package dev.adamas.engine;

import dev.adamas.api.BackendFactory;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.Distance;
import dev.adamas.api.Parameter;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Selector;
import dev.adamas.api.Stage;
import dev.adamas.api.StageFactory;
import dev.adamas.api.Transform;
import java.util.List;
import java.util.Optional;

/** A factory and the plugin that offers it. */
record Offer(
    Plugin plugin,
    Catalogue.Kind kind,
    String id,
    int version,
    String description,
    List<Parameter> parameters,
    Object factory) {

  /** Refuses malformed ids and versions. */
  Offer {
    ComponentSpec.of(id, version);
  }

  static Offer of(Plugin plugin, PolicyFactory f) {
    return new Offer(
        plugin, Catalogue.Kind.POLICY, f.id(), f.version(), f.description(), f.parameters(), f);
  }

  static Offer of(Plugin plugin, StageFactory f) {
    return new Offer(
        plugin, kind(f.kind()), f.id(), f.version(), f.description(), f.parameters(), f);
  }

  static Offer of(Plugin plugin, BackendFactory f) {
    return new Offer(
        plugin, Catalogue.Kind.BACKEND, f.id(), f.version(), f.description(), f.parameters(), f);
  }

  static Catalogue.Kind kind(Class<? extends Stage> kind) {
    if (kind == Transform.class) {
      return Catalogue.Kind.TRANSFORM;
    } else if (kind == Quantizer.class) {
      return Catalogue.Kind.QUANTIZER;
    } else if (kind == Distance.class) {
      return Catalogue.Kind.DISTANCE;
    } else if (kind == Selector.class) {
      return Catalogue.Kind.SELECTOR;
    }
    throw new IllegalArgumentException(
        kind.getName() + " is no kind of stage; use Transform, Quantizer, Distance or Selector");
  }

  /** Kind, id and version, as messages name it and as no two plugins may offer it. */
  String name() {
    return kind.word() + " " + id + "@" + version;
  }

  Catalogue.Component component(Optional<String> unavailable) {
    return new Catalogue.Component(
        kind, id, version, description, parameters, plugin.title(), plugin.origin(), unavailable);
  }

  /** Two offers are the same where they are the same object: a factory has no other identity. */
  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
