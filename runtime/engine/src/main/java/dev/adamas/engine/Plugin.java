package dev.adamas.engine;

import dev.adamas.api.BackendFactory;
import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import dev.adamas.api.StageFactory;
import java.lang.module.ModuleDescriptor;
import java.util.ArrayList;
import java.util.List;

/**
 * What one provider said about itself when it was first asked. It is not asked again while it stays
 * in the catalogue, so that its factories, and what was made with them, can be told from others'.
 */
final class Plugin {

  private final Provider provider;
  private final String name;
  private final String version;
  private final String origin;
  private final List<Offer> offers;

  private Plugin(Provider provider, String origin) {
    this.provider = provider;
    this.origin = origin;
    name = provider.name();
    version = provider.version();
    List<Offer> found = new ArrayList<>();
    for (PolicyFactory factory : provider.policies()) {
      found.add(Offer.of(this, factory));
    }
    for (StageFactory factory : provider.stages()) {
      found.add(Offer.of(this, factory));
    }
    for (BackendFactory factory : provider.backends()) {
      found.add(Offer.of(this, factory));
    }
    offers = List.copyOf(found);
  }

  /**
   * Asks a provider, which may throw whatever foreign code throws.
   *
   * @throws IllegalArgumentException where it was built for another SPI version
   */
  static Plugin read(Provider provider, String origin) {
    if (provider.spiVersion() != Provider.SPI_VERSION) {
      throw new OtherSpiException(
          "Plugin %s %s from %s was built for SPI version %d, but this engine has version %d; use a build of the plugin for it."
              .formatted(
                  provider.name(),
                  provider.version(),
                  origin,
                  provider.spiVersion(),
                  Provider.SPI_VERSION));
    }
    return new Plugin(provider, origin);
  }

  Provider provider() {
    return provider;
  }

  String name() {
    return name;
  }

  String version() {
    return version;
  }

  /** Name and version. */
  String title() {
    return name + " " + version;
  }

  /** Name, version and place. */
  String place() {
    return title() + " (" + origin + ")";
  }

  String origin() {
    return origin;
  }

  List<Offer> offers() {
    return offers;
  }

  /**
   * Compares versions of one plugin as people number them: {@code 1.10} comes after {@code 1.9}.
   */
  static int compareVersions(String a, String b) {
    try {
      return ModuleDescriptor.Version.parse(a).compareTo(ModuleDescriptor.Version.parse(b));
    } catch (IllegalArgumentException _) {
      return a.compareTo(b); // at least one of them is a word
    }
  }

  /** A finished sentence. */
  static final class OtherSpiException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    OtherSpiException(String message) {
      super(message);
    }
  }
}
