package dev.adamas.engine;

import dev.adamas.api.Provider;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.TreeMap;

/**
 * Decides which plugin offers which component.
 *
 * <ul>
 *   <li>Several versions of one plugin live side by side. A component that several of them offer
 *       comes from the newest: whatever changes a result is a new version of the component.
 *   <li>The same version of a plugin from a second place is refused; one of them is enough.
 *   <li>A component that different plugins offer is refused to all of them, because nobody can tell
 *       which one a configuration means. Where one of them offered it before the others came, it
 *       keeps it: what arrives does not take away what runs.
 * </ul>
 */
final class RegistryBuilder implements ProviderSource.Sink {

  private final Registry before;
  private final List<Plugin> found = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  private final Map<String, Offer> offers = new TreeMap<>();
  private final Map<String, String> conflicts = new TreeMap<>();
  private final Map<Offer, String> refused = new LinkedHashMap<>();

  private RegistryBuilder(Registry before) {
    this.before = before;
  }

  static Registry build(Collection<ProviderSource> sources, Registry before) {
    RegistryBuilder builder = new RegistryBuilder(before);
    sources.forEach(source -> source.discover(builder));
    return builder.registry();
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // a provider may call another one its equal
  public void found(Provider provider, String origin) {
    for (Plugin known : before.plugins()) {
      if (known.provider() == provider) {
        found.add(known);
        return;
      }
    }
    // A provider is foreign code, possibly linked against another SPI: whatever it throws is its
    // own problem and must not take the others with it.
    try {
      found.add(Plugin.read(provider, origin));
    } catch (Plugin.OtherSpiException e) {
      problems.add(String.valueOf(e.getMessage()));
    } catch (RuntimeException | LinkageError | AssertionError | ServiceConfigurationError e) {
      problems.add(
          "Plugin %s from %s failed while it was asked what it offers: %s."
              .formatted(provider.getClass().getName(), origin, Failures.text(e)));
    }
  }

  @Override
  public void failed(String origin, Throwable failure) {
    problems.add(
        "A provider from %s could not be created: %s.".formatted(origin, Failures.text(failure)));
  }

  @Override
  public void refused(String sentence) {
    problems.add(sentence);
  }

  private Registry registry() {
    List<Plugin> plugins = withoutCopies();
    Map<String, List<Offer>> byName = new TreeMap<>();
    for (Plugin plugin : plugins) {
      for (Offer offer : plugin.offers()) {
        byName.computeIfAbsent(offer.name(), _ -> new ArrayList<>()).add(offer);
      }
    }
    byName.values().forEach(this::choose);
    return new Registry(plugins, offers, conflicts, refused, problems);
  }

  /**
   * The plugins, in the order of discovery, but those that were there before win over newcomers.
   */
  private List<Plugin> withoutCopies() {
    Map<String, Plugin> firsts = new HashMap<>();
    for (Plugin plugin : found) {
      if (before.plugins().contains(plugin)) {
        firsts.putIfAbsent(plugin.title(), plugin);
      }
    }
    List<Plugin> plugins = new ArrayList<>();
    for (Plugin plugin : found) {
      Plugin first = firsts.computeIfAbsent(plugin.title(), _ -> plugin);
      // A plugin may have several providers, all in one place.
      if (first.origin().equals(plugin.origin())) {
        plugins.add(plugin);
      } else {
        problems.add(
            "Plugin %s is there twice, at %s and at %s; the first is used, remove one of them."
                .formatted(plugin.title(), first.origin(), plugin.origin()));
      }
    }
    return plugins;
  }

  private void choose(List<Offer> same) {
    List<Offer> newest = new ArrayList<>();
    for (Offer offer : same) {
      if (same.stream().noneMatch(other -> supersedes(other, offer))) {
        newest.add(offer);
      }
    }
    Offer first = newest.getFirst();
    for (Offer offer : newest) {
      if (before.offers(offer)) {
        first = offer;
      }
    }
    offers.put(first.name(), first);
    boolean stays = before.offers(first);
    for (Offer offer : newest) {
      if (offer.equals(first)) {
        continue;
      }
      String problem =
          "%s is offered twice, by plugin %s and by plugin %s; remove one of them."
              .formatted(
                  Failures.capitalised(offer.name()),
                  first.plugin().place(),
                  offer.plugin().place());
      refused.put(offer, problem);
      if (stays || conflicts.putIfAbsent(offer.name(), problem) == null) {
        problems.add(problem);
      }
    }
  }

  private static boolean supersedes(Offer other, Offer offer) {
    return other.plugin().name().equals(offer.plugin().name())
        && Plugin.compareVersions(other.plugin().version(), offer.plugin().version()) > 0;
  }
}
