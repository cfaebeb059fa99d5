package dev.adamas.it.containers;

import static dev.adamas.it.containers.Host.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.engine.Catalogue;
import dev.adamas.engine.Pins;
import dev.adamas.engine.PluginDeparture;
import dev.adamas.engine.Session;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds in every container whose plugins come and go. */
abstract class ContainerContract {

  @TempDir Path folder;

  abstract Container open(Path folder, Pins pins);

  /** A jar as this container takes it. */
  abstract byte[] jar(PluginSource source);

  @Test
  void aPluginArrivesIsUsedAndIsUnloaded() throws IOException {
    try (Container container = open(folder, Pins.off());
        Host host = new Host(container.source())) {
      assertThat(host.has("near")).isFalse();
      container.put("alpha.jar", jar(PluginSource.of("alpha", "1.0.0", "near")));
      await("the policy is there", () -> host.has("near"));
      assertThat(host.pluginOf("near")).isEqualTo("alpha 1.0.0");
      assertThat(host.problems()).isEmpty();
      host.use("near");
      assertThat(container.departures()).isEmpty();

      container.remove("alpha.jar");
      await("the policy is gone", () -> !host.has("near"));
      assertThatThrownBy(() -> host.engine.policy("near"))
          .hasMessageStartingWith("There is no policy 'near'; there are ");
      Host.awaitCollected(container);
      assertThat(host.problems()).isEmpty();
    }
  }

  @Test
  void versionsLiveSideBySideAndTheNewestServesWhatBothOffer() throws IOException {
    try (Container container = open(folder, Pins.off());
        Host host = new Host(container.source())) {
      container.put("alpha-1.9.jar", jar(PluginSource.of("alpha", "1.9.0", "left", "both")));
      await("1.9 is there", () -> host.pluginOf("both").equals("alpha 1.9.0"));
      container.put("alpha-1.10.jar", jar(PluginSource.of("alpha", "1.10.0", "right", "both")));
      await("1.10 is there", () -> host.pluginOf("both").equals("alpha 1.10.0"));
      assertThat(host.problems()).isEmpty();
      assertThat(host.engine.catalogue().plugins())
          .filteredOn(p -> p.name().equals("alpha"))
          .extracting(Catalogue.Plugin::version)
          .containsExactlyInAnyOrder("1.9.0", "1.10.0");
      decodeBoth(host);
      host.use("both@1");
      container.remove("alpha-1.10.jar");
      await("1.9 serves again", () -> host.pluginOf("both").equals("alpha 1.9.0"));
      assertThat(host.has("right")).isFalse();
      host.use("both");
      Host.awaitCollected(container);
    }
  }

  /** A method of its own: a local variable of the caller would keep a session reachable. */
  private static void decodeBoth(Host host) {
    try (Session old = host.open("left");
        Session young = host.open("right")) {
      Host.decode(old, 2);
      Host.decode(young, 2);
    }
  }

  @Test
  void aReplacedPluginIsServedFromItsNewJar() throws IOException {
    try (Container container = open(folder, Pins.off());
        Host host = new Host(container.source())) {
      container.put("alpha.jar", jar(PluginSource.of("alpha", "1.0.0", "near")));
      await("the policy is there", () -> host.has("near"));
      host.use("near");
      container.put("alpha.jar", jar(PluginSource.of("alpha", "1.1.0", "near")));
      await("the new one is there", () -> host.pluginOf("near").equals("alpha 1.1.0"));
      host.use("near");
      Host.awaitCollected(container);
      assertThat(container.departures()).hasSize(1);
    }
  }

  @Test
  void aSequenceGoesOnWithAnotherPolicyWhenItsPluginLeaves() throws IOException {
    try (Container container = open(folder, Pins.off());
        Host host = new Host(container.source())) {
      container.put("alpha.jar", jar(PluginSource.of("alpha", "1.0.0", "near")));
      await("the policy is there", () -> host.has("near"));
      try (Session session = host.open("near")) {
        Host.decode(session, 3);
        container.remove("alpha.jar");
        await("the policy is gone", () -> !host.has("near"));
        Host.awaitCollected(container);
        int length = session.length();
        Host.decode(session, 3);
        assertThat(session.length()).isEqualTo(length + 3);
        assertThat(session.policy().spec().id()).isEqualTo("full");
      }
    }
  }

  @Test
  void aPluginStaysLoadedForTheStepThatIsInside() throws Exception {
    try (Container container = open(folder, Pins.off());
        Host host = new Host(container.source())) {
      container.put("alpha.jar", jar(PluginSource.of("alpha", "1.0.0", "near")));
      await("the policy is there", () -> host.has("near"));
      Session session = host.open("near");
      AttentionPolicy policy = session.policy();
      CountDownLatch inside = new CountDownLatch(1);
      CountDownLatch release = new CountDownLatch(1);
      Thread step = Thread.ofPlatform().start(() -> Host.stall(session, inside, release));
      inside.await();
      Thread removal = Thread.ofPlatform().start(() -> remove(container, "alpha.jar"));
      await(
          "the departure waits for the step", // and not for a swap that waits for it, too
          () ->
              container.departures().stream()
                  .flatMap(d -> d.users().stream())
                  .anyMatch(user -> user.contains("inside layer 0")));
      removal.join();
      assertThat(container.departures())
          .singleElement()
          .satisfies(
              d -> {
                assertThat(d.state()).isEqualTo(PluginDeparture.State.IN_USE);
                assertThat(d.users()).singleElement().asString().contains("Session ");
              });
      await(
          "the catalogue says so",
          () ->
              host.problems().stream()
                  .anyMatch(p -> p.contains("stays loaded, because it is still used: Session ")));
      assertThat(host.has("near")).isFalse();
      assertThatThrownBy(() -> host.engine.open(Host.SHAPE, policy))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("needs a plugin that has been removed");
      release.countDown();
      step.join();
      await(
          "it is released",
          () ->
              container.departures().stream()
                  .noneMatch(d -> d.state() == PluginDeparture.State.IN_USE));
      await("the catalogue is clean", () -> host.problems().isEmpty());
      session.close();
    }
  }

  private static void remove(Container container, String name) {
    try {
      container.remove(name);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aSecondPluginOfTheSameNameAndVersionIsRefused() throws IOException {
    try (Container container = open(folder, Pins.off());
        Host host = new Host(container.source())) {
      container.put("one.jar", jar(PluginSource.of("alpha", "1.0.0", "near")));
      await("the first is there", () -> host.has("near"));
      byte[] copy = jar(PluginSource.of("alpha", "1.0.0", "near", "far"));
      assertThat(refusal(container, host, "two.jar", copy)).contains("one.jar", "two.jar");
      assertThat(host.has("far")).isFalse();
      host.use("near");
    }
  }

  /** The sentence about a jar that is put in; containers may throw it or report it. */
  private static String refusal(Container container, Host host, String name, byte[] jar)
      throws IOException {
    try {
      container.put(name, jar);
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
    await("there is a problem", () -> !host.problems().isEmpty());
    assertThat(host.problems()).hasSize(1);
    return host.problems().getFirst();
  }

  @Test
  void aComponentOfTwoPluginsStaysWithTheOneThatHadIt() throws IOException {
    try (Container container = open(folder, Pins.off());
        Host host = new Host(container.source())) {
      container.put("alpha.jar", jar(PluginSource.of("alpha", "1.0.0", "near")));
      await("the first is there", () -> host.has("near"));
      container.put("beta.jar", jar(PluginSource.of("beta", "1.0.0", "near", "far")));
      await("the second is there", () -> host.has("far"));
      assertThat(host.problems())
          .singleElement()
          .asString()
          .startsWith("Policy near@1 is offered twice, by plugin alpha 1.0.0 (")
          .contains("and by plugin beta 1.0.0 (");
      host.use("near");
      host.use("far");
    }
  }

  @Test
  void aJarThatIsNotPinnedIsRefused() throws IOException {
    byte[] trusted = jar(PluginSource.of("alpha", "1.0.0", "near"));
    byte[] other = jar(PluginSource.of("beta", "1.0.0", "far"));
    try (Container container = open(folder, Pins.of(List.of(PluginJar.sha256(trusted))));
        Host host = new Host(container.source())) {
      container.put("alpha.jar", trusted);
      await("the pinned one is there", () -> host.has("near"));
      assertThat(refusal(container, host, "beta.jar", other))
          .contains("beta.jar was refused: it is not pinned: the SHA-256 of beta.jar is ")
          .contains(PluginJar.sha256(other));
      assertThat(host.has("far")).isFalse();
    }
  }

  @Test
  void aProviderThatFailsTakesNothingElseWithIt() throws IOException {
    try (Container container = open(folder, Pins.off());
        Host host = new Host(container.source())) {
      container.put(
          "broken.jar",
          jar(
              PluginSource.of("broken", "1.0.0", "far")
                  .constructor(
                      "if (true) throw new IllegalStateException(\"The licence is missing.\");")));
      await("there is a problem", () -> !host.problems().isEmpty());
      assertThat(host.problems())
          .singleElement()
          .asString()
          .contains("broken.jar", "WindowProvider", "could not be created: The licence is missing");
      container.put("alpha.jar", jar(PluginSource.of("alpha", "1.0.0", "near")));
      await("the next one is there", () -> host.has("near"));
      host.use("near");
      container.put("broken.jar", jar(PluginSource.of("broken", "1.0.1", "far")));
      await("the repaired one is there", () -> host.has("far"));
      assertThat(host.problems()).isEmpty();
      host.use("far");
    }
  }
}
