package dev.adamas.osgi;

import dev.adamas.api.Provider;
import dev.adamas.engine.PluginFeed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.util.tracker.BundleTracker;
import org.osgi.util.tracker.BundleTrackerCustomizer;

/**
 * Follows the bundles that are active and feeds the providers that their {@code osgi.serviceloader}
 * capabilities name. The framework calls it while a bundle starts and stops, and waits for it.
 */
final class BundlePlugins implements BundleTrackerCustomizer<String>, AutoCloseable {

  private static final String CAPABILITY = "osgi.serviceloader";

  private final PluginFeed feed = new PluginFeed();
  private final Duration patience;
  private final BundleTracker<String> tracker;

  BundlePlugins(BundleContext context, Duration patience) {
    this.patience = patience;
    tracker = new BundleTracker<>(context, Bundle.ACTIVE, this);
  }

  void open() {
    tracker.open();
  }

  PluginFeed feed() {
    return feed;
  }

  /** Where the feed has the plugins of a bundle. */
  static String place(Bundle bundle) {
    return "bundle " + bundle.getBundleId();
  }

  static String origin(Bundle bundle) {
    return "bundle %s %s at %s"
        .formatted(bundle.getSymbolicName(), bundle.getVersion(), bundle.getLocation());
  }

  @Override
  public String addingBundle(Bundle bundle, BundleEvent event) {
    BundleWiring wiring = bundle.adapt(BundleWiring.class);
    List<Provider> providers = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (BundleCapability capability : wiring.getCapabilities(CAPABILITY)) {
      if (Provider.class.getName().equals(capability.getAttributes().get(CAPABILITY))) {
        create(
            bundle, capability.getDirectives().getOrDefault("register", ""), providers, problems);
      }
    }
    String place = place(bundle);
    if (!providers.isEmpty()) {
      feed.put(
          place,
          new PluginFeed.Loaded(
              origin(bundle), wiring.getClassLoader(), providers, problems, () -> {}),
          patience);
    } else if (!problems.isEmpty()) {
      feed.refuse(place, String.join(" ", problems));
    }
    return place;
  }

  private static void create(
      Bundle bundle, String type, List<Provider> providers, List<String> problems) {
    try {
      Object made = bundle.loadClass(type).getDeclaredConstructor().newInstance();
      if (made instanceof Provider provider) {
        providers.add(provider);
      } else {
        problems.add(
            "Provider %s of %s implements another copy of %s; import the package instead of containing it."
                .formatted(type, origin(bundle), Provider.class.getName()));
      }
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      problems.add(
          "Provider %s of %s could not be created: %s."
              .formatted(type, origin(bundle), Sentences.reason(e)));
    }
  }

  @Override
  public void modifiedBundle(Bundle bundle, BundleEvent event, String place) {}

  /** The bundle is stopping; its classes work until this returns, and after that only by luck. */
  @Override
  public void removedBundle(Bundle bundle, BundleEvent event, String place) {
    feed.remove(place, patience);
  }

  @Override
  public void close() {
    tracker.close();
  }
}
