package dev.adamas.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.api.KvType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class EngineConfigTest {

  private static final String EVERYTHING =
      """
      policy: adamas-dot(budget=64, distance=asymmetric(query=int4))
      layers:                      # other policies for some layers
        0-3: full
        7: {name: quest@1, budget: 256}
      backends: [cpu-vector, scalar]
      threads: 8
      prefill: policy
      cache:
        type: bf16
        page-tokens: 128
        max-bytes: 8GiB
      swap:
        grace-tokens: 0
        failure-threshold: 9
        timeout: 2min
        builders: 3
        watchdog: 1500ms
      """;

  @Test
  void readsEveryKey() {
    EngineConfig expected =
        EngineConfig.builder()
            .policy("adamas-dot(budget=64, distance=asymmetric(query=int4))")
            .layers(0, 3, "full")
            .layers(7, 7, "quest@1(budget=256)")
            .backends("cpu-vector", "scalar")
            .threads(8)
            .prefill(EngineConfig.Prefill.POLICY)
            .cache(new EngineConfig.Cache(KvType.BF16, 128, OptionalLong.of(8L << 30)))
            .swap(
                new EngineConfig.Swapping(0, 9, Duration.ofMinutes(2), 3, Duration.ofMillis(1500)))
            .build();
    assertThat(EngineConfig.parse(EVERYTHING)).isEqualTo(expected);
    assertThat(expected.toBuilder().build()).isEqualTo(expected);
  }

  @Test
  void everyKeyIsOptional() {
    EngineConfig defaults = EngineConfig.parse("");
    assertThat(defaults).isEqualTo(EngineConfig.defaults());
    assertThat(EngineConfig.parse("# nothing\n")).isEqualTo(defaults);
    assertThat(EngineConfig.parse("{}")).isEqualTo(defaults);
    assertThat(defaults.policy()).isEqualTo(Reference.of("full"));
    assertThat(defaults.threads()).isEqualTo(Runtime.getRuntime().availableProcessors());
    assertThat(defaults.prefill()).isEqualTo(EngineConfig.Prefill.DENSE);
    assertThat(defaults.cache())
        .isEqualTo(new EngineConfig.Cache(KvType.F16, 256, OptionalLong.empty()));
  }

  @Test
  void aFileIsReadOverOtherDefaults(@TempDir Path folder) throws IOException {
    EngineConfig defaults =
        EngineConfig.builder().policy("quest").layers(0, 1, "full").threads(3).build();
    Path file = Files.writeString(folder.resolve("c.yaml"), "threads: 5\n");
    assertThat(EngineConfig.read(file, defaults))
        .isEqualTo(defaults.toBuilder().threads(5).build());
    Files.writeString(file, "layers: {1-2: adamas}\npolicy: oracle\n");
    assertThat(EngineConfig.read(file, defaults))
        .isEqualTo(
            EngineConfig.builder().policy("oracle").layers(1, 2, "adamas").threads(3).build());
    Files.writeString(file, "");
    assertThat(EngineConfig.read(file, defaults)).isEqualTo(defaults);
  }

  @Test
  void policiesCanBeMappings() {
    assertThat(
            EngineConfig.parse(
                    """
                    policy:
                      name: adamas
                      budget: 5%
                      quantizer:
                        name: bucket@1
                        thresholds: fixed
                        t: [-10, 0, 10]
                      recent: 8
                    """)
                .policy())
        .isEqualTo(
            Reference.parse(
                "adamas(budget=5%,quantizer=bucket@1(t=-10,0,10,thresholds=fixed),recent=8)"));
    assertThat(EngineConfig.parse("policy: {name: \"adamas(budget=64)\", sinks: 4}").policy())
        .isEqualTo(Reference.parse("adamas(budget=64,sinks=4)"));
  }

  @Test
  void aSingleBackendNeedsNoList() {
    assertThat(EngineConfig.parse("backends: scalar").backends())
        .isEqualTo(List.of(Reference.of("scalar")));
  }

  @Test
  void pluginsHaveFoldersPinsAndRights() {
    assertThat(EngineConfig.parse("threads: 1").plugins())
        .isEqualTo(EngineConfig.PluginSettings.none());
    String digest = "0a".repeat(32);
    assertThat(
            EngineConfig.parse(
                    """
                    plugins:
                      directories: [plugins, /opt/more]
                      native-access: com.example.mine
                      pins: [%s]
                    """
                        .formatted(digest.toUpperCase(java.util.Locale.ROOT)))
                .plugins())
        .isEqualTo(
            new EngineConfig.PluginSettings(
                List.of(Path.of("plugins"), Path.of("/opt/more")),
                Pins.of(List.of(digest)),
                java.util.Set.of("com.example.mine")));
    assertThat(EngineConfig.parse("plugins: {pins: {mine.jar: " + digest + "}}").plugins().pins())
        .isEqualTo(Pins.ofFiles(java.util.Map.of("mine.jar", digest)));
    assertThat(EngineConfig.parse("plugins: {pins: []}").plugins().pins().on()).isTrue();
  }

  @Test
  void bytesHaveUnits() {
    assertThat(maxBytes("1.5 GiB")).isEqualTo(3L << 29);
    assertThat(maxBytes("4096")).isEqualTo(4096);
    assertThat(maxBytes("2MiB")).isEqualTo(2L << 20);
  }

  private static long maxBytes(String text) {
    return EngineConfig.parse("cache: {max-bytes: " + text + "}").cache().maxBytes().orElseThrow();
  }

  @Test
  void mistakesAreOneSentenceThatListsWhatExists() {
    refuses(
        "polcy: full",
        "The top level has no key 'polcy'; it has backends, cache, layers, plugins, policy, prefill, swap, threads.");
    refuses(
        "cache: {size: 3, kind: 4}",
        "cache has no key 'kind', 'size'; it has max-bytes, page-tokens, type.");
    refuses(
        "- full",
        "The top level must be a mapping with the keys backends, cache, layers, plugins, policy, prefill, swap, threads.");
    refuses("cache: 3", "cache must be a mapping with the keys max-bytes, page-tokens, type.");
    refuses("cache: {type: f8}", "cache.type: 'f8' is not one of bf16, f16, f32.");
    refuses(
        "cache: {page-tokens: 100}",
        "cache.page-tokens is 100; it must be a power of two from 16 to 65536, such as 256.");
    refuses("cache: {page-tokens: many}", "cache.page-tokens: 'many' is not a whole number.");
    refuses(
        "cache: {max-bytes: 8 apples}",
        "cache.max-bytes: '8 apples' is not a number of bytes; write 8GiB, 512MiB or 1073741824.");
    refuses(
        "cache: {max-bytes: 99999999999 TiB}",
        "cache.max-bytes: '99999999999 TiB' is more than any machine has.");
    refuses(
        "plugins: {folder: x}",
        "plugins has no key 'folder'; it has directories, native-access, pins.");
    refuses(
        "plugins: {directories: [a, ./a]}",
        "plugins.directories names one folder twice; keep one entry.");
    refuses("plugins: {directories: {a: b}}", "plugins.directories must be a single value.");
    refuses(
        "plugins: {pins: [abc]}",
        "plugins.pins: 'abc' is no SHA-256; write its 64 hexadecimal digits, as sha256sum prints them.");
    refuses(
        "plugins: {pins: {a.jar: abc}}",
        "plugins.pins: 'abc' is no SHA-256; write its 64 hexadecimal digits, as sha256sum prints them.");
    refuses(
        "swap: {grace: 3}",
        "swap has no key 'grace'; it has builders, failure-threshold, grace-tokens, timeout, watchdog.");
    refuses("swap: {timeout: soon}", "swap.timeout: 'soon' is no time; write 500ms, 10s or 5min.");
    refuses("swap: {watchdog: 0s}", "swap.watchdog must be above 0, such as 10s.");
    refuses("swap: {grace-tokens: -1}", "swap.grace-tokens is -1; it must be at least 0.");
    refuses("swap: {failure-threshold: 0}", "swap.failure-threshold is 0; it must be at least 1.");
    refuses("swap: {builders: 65}", "swap.builders is 65; it must be at most 64.");
    refuses("prefill: sometimes", "prefill: 'sometimes' is not one of dense, policy.");
    refuses("threads: 0", "threads is 0; it must lie between 1 and 4096.");
    refuses(
        "threads: 99999999999999999999", "threads: '99999999999999999999' is not a whole number.");
    refuses("layers: [full]", "layers must map ranges to policies, such as '0-3: full'.");
    refuses("layers: {all: full}", "layers: 'all' is no range of layers; write '3' or '0-3'.");
    refuses(
        "layers: {3-0: full}", "Layers 3-0 are no range; write the lower layer first, from 0 on.");
    refuses(
        "layers: {0-3: full, 2-5: quest}",
        "Layers 0-3 and 2-5 overlap; give each layer one policy.");
    refuses("backends: []", "backends is empty; name at least one, such as [cpu-vector, scalar].");
    refuses("backends: [scalar, scalar]", "Backend scalar is listed twice; keep one entry.");
    refuses("policy: {budget: 64}", "policy has no 'name'; write {name: adamas, budget: 64}.");
    refuses(
        "policy: {name: \"adamas(budget=1)\", budget: 64}", "policy sets budget twice; keep one.");
    refuses("policy: [full]", "policy must be a single value.");
    refuses("policy:", "policy must be a single value.");
    refuses(
        "policy: adamas(64)",
        "policy: 'adamas(64)' is not a reference such as adamas(budget=64): expected key=value at character 8.");
    refuses(
        "policy: {name: a, b: " + "{name: a, b: ".repeat(20) + "1" + "}".repeat(21),
        "policy.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b.b nests options deeper than any policy has; flatten it.");
  }

  @Test
  void brokenYamlSaysWhere() {
    assertThatThrownBy(() -> EngineConfig.parse("policy: full\npolicy: quest"))
        .hasMessage(
            "The configuration is not YAML: line 2, column 7: Duplicate Object property \"policy\".");
    assertThatThrownBy(() -> EngineConfig.parse("policy: [\n"))
        .hasMessageStartingWith("The configuration is not YAML: line ");
    assertThatThrownBy(() -> EngineConfig.parse("policy: \u0000"))
        .hasMessageStartingWith("The configuration is not YAML: line ");
  }

  private static void refuses(String yaml, String message) {
    assertThatThrownBy(() -> EngineConfig.parse(yaml))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("The configuration: " + message);
  }

  @Test
  void readsFiles(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("adamas.yaml");
    assertThatThrownBy(() -> EngineConfig.read(file))
        .hasMessage("Configuration " + file + " does not exist; name an existing file.");
    Files.writeString(file, EVERYTHING);
    assertThat(EngineConfig.read(file)).isEqualTo(EngineConfig.parse(EVERYTHING));
    Files.writeString(file, "threads: none");
    assertThatThrownBy(() -> EngineConfig.read(file))
        .hasMessage("Configuration " + file + ": threads: 'none' is not a whole number.");
    Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, 0});
    assertThatThrownBy(() -> EngineConfig.read(file))
        .hasMessage("Configuration " + file + " is not UTF-8 text; convert it first.");
    assertThatThrownBy(() -> EngineConfig.read(folder))
        .hasMessage("Configuration " + folder + " is a folder; name a YAML file.");
    Files.write(file, new byte[(1 << 20) + 1]);
    assertThatThrownBy(() -> EngineConfig.read(file))
        .hasMessage(
            "Configuration "
                + file
                + " is larger than 1 MiB, so it is not a configuration; name another file.");
  }

  @Test
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void aDeviceWithoutEndIsNotReadToItsEnd() {
    assertThatThrownBy(() -> EngineConfig.read(Path.of("/dev/zero")))
        .hasMessageEndingWith(
            "is larger than 1 MiB, so it is not a configuration; name another file.");
  }
}
