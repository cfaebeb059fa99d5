package dev.adamas.osgi;

import dev.adamas.engine.PluginDeparture;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.Version;
import org.osgi.framework.wiring.FrameworkWiring;

/**
 * Installs, updates and uninstalls bundles; the last two wait until nothing uses the bundle's
 * plugins.
 */
final class Bundles {

  private static final long REFRESH_SECONDS = 20;

  /** What is done with a bundle when nothing uses it any more. */
  @FunctionalInterface
  private interface Work {
    void run() throws BundleException;
  }

  private final BundleContext context;
  private final BundlePlugins plugins;
  private final OsgiContainer.Options options;

  /** What waits for the users of a bundle's plugins, by the bundle's id. */
  private final Map<Long, Work> waiting = new LinkedHashMap<>();

  Bundles(BundleContext context, BundlePlugins plugins, OsgiContainer.Options options) {
    this.context = context;
    this.plugins = plugins;
    this.options = options;
  }

  synchronized long install(Path jar) {
    String location = jar.toAbsolutePath().normalize().toUri().toString();
    if (context.getBundle(location) != null) {
      throw new IllegalArgumentException(
          "Bundle %s is installed already; update it instead.".formatted(jar));
    }
    byte[] bytes = read(jar, Optional.empty());
    Bundle bundle;
    try {
      bundle = context.installBundle(location, new ByteArrayInputStream(bytes));
    } catch (BundleException e) {
      throw refused(jar, e);
    }
    try {
      bundle.start();
      return bundle.getBundleId();
    } catch (BundleException e) {
      try {
        bundle.uninstall();
        refresh(bundle);
      } catch (BundleException second) {
        e.addSuppressed(second);
      }
      throw refused(jar, e);
    }
  }

  private static IllegalArgumentException refused(Path jar, BundleException e) {
    return new IllegalArgumentException(
        "Bundle %s was refused: %s.".formatted(jar, Sentences.reason(e)), e);
  }

  synchronized Optional<PluginDeparture> update(long id, Path jar) {
    Bundle bundle = bundle(id);
    byte[] bytes = read(jar, Optional.of(bundle));
    return whenUnused(
        bundle,
        () -> {
          bundle.stop(Bundle.STOP_TRANSIENT);
          bundle.update(new ByteArrayInputStream(bytes));
          refresh(bundle);
          bundle.start();
        });
  }

  synchronized Optional<PluginDeparture> uninstall(long id) {
    Bundle bundle = bundle(id);
    return whenUnused(
        bundle,
        () -> {
          bundle.uninstall();
          refresh(bundle);
        });
  }

  private Bundle bundle(long id) {
    Bundle bundle = context.getBundle(id);
    if (bundle == null || id == Constants.SYSTEM_BUNDLE_ID) {
      throw new IllegalArgumentException("There is no bundle %d.".formatted(id));
    }
    return bundle;
  }

  private Optional<PluginDeparture> whenUnused(Bundle bundle, Work work) {
    Optional<PluginDeparture> departure =
        plugins.feed().remove(BundlePlugins.place(bundle), options.patience());
    waiting.put(bundle.getBundleId(), work);
    finish();
    return departure;
  }

  /** Tries again what waits for somebody. */
  synchronized void retry() {
    if (!waiting.isEmpty() || isLeaving()) {
      plugins.feed().retry(Duration.ZERO);
      finish();
    }
  }

  private boolean isLeaving() {
    return plugins.feed().departures().stream()
        .anyMatch(d -> d.state() == PluginDeparture.State.IN_USE);
  }

  private void finish() {
    List<String> used =
        plugins.feed().departures().stream()
            .filter(d -> d.state() == PluginDeparture.State.IN_USE)
            .map(PluginDeparture::origin)
            .toList();
    for (Map.Entry<Long, Work> entry : new ArrayList<>(waiting.entrySet())) {
      Bundle bundle = context.getBundle(entry.getKey());
      if (bundle == null) {
        waiting.remove(entry.getKey()); // somebody else uninstalled it
      } else if (!used.contains(BundlePlugins.origin(bundle))) {
        waiting.remove(entry.getKey());
        try {
          entry.getValue().run();
        } catch (BundleException | IllegalStateException e) {
          plugins
              .feed()
              .refuse(
                  BundlePlugins.place(bundle),
                  "%s could not be changed: %s."
                      .formatted(capitalised(BundlePlugins.origin(bundle)), Sentences.reason(e)));
        }
      }
    }
  }

  private static String capitalised(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }

  /** Waits until the framework has dropped the class loaders of a bundle's old contents. */
  private void refresh(Bundle bundle) {
    FrameworkWiring wiring =
        context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).adapt(FrameworkWiring.class);
    CountDownLatch done = new CountDownLatch(1);
    wiring.refreshBundles(
        List.of(bundle),
        event -> {
          if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
            done.countDown();
          }
        });
    try {
      done.await(REFRESH_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** The bytes that are checked are those that are installed. */
  private byte[] read(Path jar, Optional<Bundle> replaced) {
    try {
      byte[] bytes = Files.readAllBytes(jar);
      Optional<String> refusal = options.pins().refusal(jar.getFileName().toString(), bytes);
      if (refusal.isPresent()) {
        throw new IllegalArgumentException(
            "Bundle %s was refused: it %s.".formatted(jar, refusal.get()));
      }
      checkHeaders(jar, headers(bytes), replaced);
      return bytes;
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "Bundle %s cannot be read: %s.".formatted(jar, Sentences.reason(e)), e);
    }
  }

  private static Attributes headers(byte[] bytes) throws IOException {
    Path copy = Files.createTempFile("adamas-bundle", ".jar");
    try {
      Files.write(copy, bytes);
      try (JarFile file = new JarFile(copy.toFile())) {
        Manifest manifest = file.getManifest();
        return manifest == null ? new Attributes() : manifest.getMainAttributes();
      }
    } finally {
      Files.delete(copy);
    }
  }

  private void checkHeaders(Path jar, Attributes headers, Optional<Bundle> replaced) {
    String name = headers.getValue(Constants.BUNDLE_SYMBOLICNAME);
    if (name == null) {
      throw new IllegalArgumentException(
          "Bundle %s was refused: its manifest has no Bundle-SymbolicName; put it into a folder of plugins instead."
              .formatted(jar));
    }
    String plain = name.replaceFirst(";.*", "").strip();
    String version = headers.getValue(Constants.BUNDLE_VERSION);
    for (Bundle other : context.getBundles()) {
      if (plain.equals(other.getSymbolicName())
          && other.getVersion().equals(Version.parseVersion(version))
          && !Optional.of(other).equals(replaced)) {
        throw new IllegalArgumentException(
            "Bundle %s was refused: %s %s is there already, from %s; remove one of them."
                .formatted(jar, plain, other.getVersion(), other.getLocation()));
      }
    }
  }
}
