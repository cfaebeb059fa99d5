package dev.adamas.osgi;

import dev.adamas.api.Provider;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/** A framework inside of this process that shares the API with its bundles, and nothing else. */
final class EmbeddedFramework implements AutoCloseable {

  private static final long STOP_SECONDS = 20;

  /** The package as the API's own bundle exports it, see the property bnd.exports there. */
  private static final String API = Provider.class.getPackageName() + ";version=1.0.0";

  private final Framework framework;
  private final Path storage;

  private EmbeddedFramework(Framework framework, Path storage) {
    this.framework = framework;
    this.storage = storage;
  }

  static FrameworkFactory find() {
    return ServiceLoader.load(FrameworkFactory.class, EmbeddedFramework.class.getClassLoader())
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "There is no OSGi framework on the path; add org.apache.felix.framework."));
  }

  static EmbeddedFramework start(FrameworkFactory factory) {
    Path storage;
    try {
      storage = Files.createTempDirectory("adamas-bundles");
    } catch (IOException e) {
      throw new IllegalStateException(
          "The OSGi framework has no place for its bundles: " + e.getMessage() + ".", e);
    }
    Framework framework =
        factory.newFramework(
            Map.of(
                Constants.FRAMEWORK_STORAGE,
                storage.toString(),
                Constants.FRAMEWORK_STORAGE_CLEAN,
                Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT,
                Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
                API,
                // Bundles may ask for what registers their service providers: this class does.
                Constants.FRAMEWORK_SYSTEMCAPABILITIES_EXTRA,
                "osgi.extender;osgi.extender=\"osgi.serviceloader.registrar\";version:Version=\"1.0\"",
                // URL handlers of Felix reach into the JDK through Unsafe.
                "felix.service.urlhandlers",
                "false"));
    EmbeddedFramework started = new EmbeddedFramework(framework, storage);
    try {
      framework.start();
      return started;
    } catch (BundleException e) {
      started.close();
      throw new IllegalStateException(
          "The OSGi framework does not start: " + e.getMessage() + ".", e);
    }
  }

  BundleContext context() {
    return framework.getBundleContext();
  }

  @Override
  public void close() {
    try {
      framework.stop();
      framework.waitForStop(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
      delete(storage);
    } catch (BundleException | IOException e) {
      System.getLogger("dev.adamas.osgi")
          .log(System.Logger.Level.WARNING, "The OSGi framework did not stop cleanly", e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static void delete(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
