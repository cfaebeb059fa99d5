package dev.adamas.it.containers;

import static dev.adamas.it.containers.Host.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.Pins;
import dev.adamas.engine.PluginDeparture;
import dev.adamas.osgi.OsgiContainer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;

/** What holds for bundles, whatever the framework. */
abstract class BundleContract extends ContainerContract {

  @Override
  Container open(Path folder, Pins pins) {
    return BundleContainer.start(folder, pins);
  }

  @Override
  byte[] jar(PluginSource source) {
    return PluginJar.plain(source);
  }

  @Test
  void theFrameworkIsTheOneThatIsTested() {
    assertThat(ServiceLoader.load(FrameworkFactory.class).stream())
        .singleElement()
        .satisfies(f -> assertThat(f.type().getName()).startsWith(frameworkPackage()));
  }

  abstract String frameworkPackage();

  @Test
  void whatIsNoBundleIsRefusedInOneSentence() throws IOException {
    Path text = Files.writeString(folder.resolve("text.jar"), "no archive");
    Path plain =
        Files.write(
            folder.resolve("plain.jar"),
            PluginJar.jar(Map.of("a.txt", "a".getBytes(StandardCharsets.UTF_8))));
    PluginSource source = PluginSource.of("alpha", "1.0.0", "near");
    Path unlinked =
        Files.write(
            folder.resolve("unlinked.jar"),
            PluginJar.jar(
                PluginJar.entries(source, false), Map.of("Import-Package", "com.example.gone")));
    try (OsgiContainer container = OsgiContainer.start(BundleContainer.QUICK)) {
      assertThatThrownBy(() -> container.install(text))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("Bundle " + text + " cannot be read: ");
      assertThatThrownBy(() -> container.install(plain))
          .hasMessage(
              "Bundle "
                  + plain
                  + " was refused: its manifest has no Bundle-SymbolicName; put it into a folder of plugins instead.");
      assertThatThrownBy(() -> container.install(unlinked))
          .hasMessageStartingWith("Bundle " + unlinked + " was refused: ")
          .hasMessageContaining("com.example.gone");
      assertThatThrownBy(() -> container.uninstall(77)).hasMessage("There is no bundle 77.");
    }
  }

  @Test
  void aFolderOfBundlesIsFollowed() throws IOException {
    try (OsgiContainer container = OsgiContainer.start(BundleContainer.QUICK.folder(folder));
        Host host = new Host(container.source())) {
      Path file =
          PluginJar.place(folder, "alpha.jar", jar(PluginSource.of("alpha", "1.0.0", "near")));
      await("it is installed", () -> host.pluginOf("near").equals("alpha 1.0.0"));
      host.use("near");
      PluginJar.place(folder, "alpha.jar", jar(PluginSource.of("alpha", "1.1.0", "near")));
      await("it is updated", () -> host.pluginOf("near").equals("alpha 1.1.0"));
      Files.writeString(folder.resolve("text.jar"), "no archive");
      await("a broken one is reported", () -> host.problems().size() == 1);
      assertThat(host.problems().getFirst()).contains("text.jar");
      Files.delete(file);
      await("it is uninstalled", () -> !host.has("near"));
    }
  }

  @Test
  void theFrameworkOfAHostIsAdoptedAndLeftRunning() throws Exception {
    Framework framework =
        ServiceLoader.load(FrameworkFactory.class)
            .findFirst()
            .orElseThrow()
            .newFramework(
                Map.of(
                    "org.osgi.framework.storage", folder.resolve("cache").toString(),
                    "org.osgi.framework.system.packages.extra", "dev.adamas.api;version=1.0.0",
                    "org.osgi.framework.system.capabilities.extra",
                        "osgi.extender;osgi.extender=\"osgi.serviceloader.registrar\";version:Version=\"1.0\"",
                    "felix.service.urlhandlers", "false"));
    framework.start();
    try {
      BundleContext context = framework.getBundleContext();
      Path file =
          PluginJar.place(folder, "alpha.jar", jar(PluginSource.of("alpha", "1.0.0", "near")));
      Bundle bundle = context.installBundle(file.toUri().toString());
      bundle.start();
      try (OsgiContainer container = OsgiContainer.adopt(context, BundleContainer.QUICK);
          Host host = new Host(container.source())) {
        assertThat(host.has("near")).isTrue();
        host.use("near");
        // Whoever stops a bundle by himself finds it out of the catalogue when the call returns.
        bundle.stop();
        assertThat(host.has("near")).isFalse();
        assertThat(container.departures())
            .extracting(PluginDeparture::state)
            .doesNotContain(PluginDeparture.State.IN_USE);
        bundle.start();
        assertThat(host.has("near")).isTrue();
        host.use("near");
      }
      assertThat(framework.getState()).isEqualTo(Bundle.ACTIVE);
    } finally {
      framework.stop();
      framework.waitForStop(20_000);
    }
  }

  @Test
  void aBundleThatIsThereBeforeTheEngineIsFound() throws IOException {
    Path file =
        PluginJar.place(folder, "alpha.jar", jar(PluginSource.of("alpha", "1.0.0", "near")));
    try (OsgiContainer container = OsgiContainer.start(BundleContainer.QUICK)) {
      container.install(file);
      assertThatThrownBy(() -> container.install(file)).hasMessageContaining("installed already");
      try (Engine engine =
          Engine.builder()
              .config(EngineConfig.parse("{threads: 1, policy: near, backends: scalar}"))
              .source(dev.adamas.engine.ProviderSource.serviceLoader(getClass().getClassLoader()))
              .source(container.source())
              .build()) {
        assertThat(engine.policy().spec().id()).isEqualTo("near");
      }
    }
  }
}
