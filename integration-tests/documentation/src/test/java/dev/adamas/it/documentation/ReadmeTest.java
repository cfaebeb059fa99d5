package dev.adamas.it.documentation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.KvType;
import dev.adamas.engine.EngineConfig;
import dev.adamas.model.gguf.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the README says about the code is what the code says. */
class ReadmeTest {

  private static final Pattern KEY_ROW =
      Pattern.compile("^\\| `([a-z.-]+)` \\|.*\\|$", Pattern.MULTILINE);

  static List<Readme.Example> examples() {
    return Readme.examples();
  }

  @ParameterizedTest
  @MethodSource("examples")
  void examplesAreTheFilesThatAreCompiledAndRun(Readme.Example example) {
    assertThat(example.text()).isEqualTo(Readme.read(Readme.ROOT.resolve(example.path())));
  }

  @Test
  void everyExampleIsShown() {
    assertThat(examples())
        .extracting(Readme.Example::path)
        .map(path -> path.replaceFirst(".*/", ""))
        .containsExactlyInAnyOrder(
            "Model.java",
            "SimpleHost.java",
            "HostCache.java",
            "OwnCacheHost.java",
            "Interleaved.java",
            "InterleavedProvider.java",
            "InterleavedContractTest.java",
            "module-info.java",
            "dev.adamas.api.Provider",
            "ThirdPartyConformanceTest.java");
  }

  @Test
  void componentTablesComeFromTheCatalogue() throws IOException {
    String now = ComponentTables.text();
    if (Boolean.getBoolean("adamas.readme.write")) {
      Readme.write("components", now);
    }
    assertThat(Readme.generated("components"))
        .as(
            "The README's tables of policies, stages and backends differ from the catalogue. Write"
                + " them anew with: mvn -pl integration-tests/documentation -am verify"
                + " -Dtest=ReadmeTest -Dsurefire.failIfNoSpecifiedTests=false"
                + " -Dadamas.require.tests=false -Dadamas.readme.write=true")
        .isEqualTo(now);
  }

  @Test
  void theKeyTableHasEveryKeyOfTheConfiguration() {
    List<String> keys =
        Stream.concat(
                keysOf("{no-such-key: 1}")
                    .filter(key -> !List.of("cache", "plugins", "swap").contains(key)),
                Stream.of("cache", "plugins", "swap")
                    .flatMap(
                        part -> keysOf(part + ": {no-such-key: 1}").map(key -> part + "." + key)))
            .sorted()
            .toList();
    List<String> rows =
        KEY_ROW
            .matcher(Readme.generated("keys"))
            .results()
            .map(row -> row.group(1))
            .sorted()
            .toList();
    assertThat(rows).isEqualTo(keys);
  }

  /** The keys that the reader lists when it meets one that does not exist. */
  private static Stream<String> keysOf(String yaml) {
    try {
      EngineConfig.parse(yaml);
      throw new AssertionError("accepted " + yaml);
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      return Arrays.stream(
          message.substring(message.indexOf("it has ") + 7, message.length() - 1).split(", "));
    }
  }

  @Test
  void theKeyTableHasTheDefaults() {
    EngineConfig defaults = EngineConfig.defaults();
    assertThat(row("policy")).contains("| `" + defaults.policy() + "` |");
    assertThat(row("prefill"))
        .contains("| `" + defaults.prefill().name().toLowerCase(Locale.ROOT) + "` |");
    assertThat(row("cache.type"))
        .contains("| `" + defaults.cache().type().name().toLowerCase(Locale.ROOT) + "` |");
    for (KvType type : KvType.values()) {
      assertThat(row("cache.type")).contains("`" + type.name().toLowerCase(Locale.ROOT) + "`");
    }
    assertThat(row("cache.page-tokens")).contains("| `" + defaults.cache().pageTokens() + "` |");
    assertThat(row("layers")).contains("| none |");
    assertThat(row("threads")).contains("| every processor |");
    assertThat(row("backends")).contains("| `[cpu-vector, scalar]` |");
    assertThat(row("cache.max-bytes")).contains("| what the machine has left |");
    assertThat(defaults.plugins()).isEqualTo(EngineConfig.PluginSettings.none());
    assertThat(row("plugins.directories")).contains("| none |");
    assertThat(row("plugins.pins")).contains("| every jar |");
    assertThat(row("plugins.native-access")).contains("| none |");
  }

  private static String row(String key) {
    return KEY_ROW
        .matcher(Readme.generated("keys"))
        .results()
        .filter(row -> row.group(1).equals(key))
        .map(MatchResult::group)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theYamlExamplesAreConfigurations() {
    List<String> examples =
        Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL)
            .matcher(Readme.text())
            .results()
            .map(block -> block.group(1))
            .toList();
    assertThat(examples).isNotEmpty();
    for (String yaml : examples) {
      EngineConfig config =
          EngineConfig.parse(yaml).toBuilder()
              .threads(1)
              .plugins(EngineConfig.PluginSettings.none()) // of folders that are the reader's
              .build();
      try (var engine = dev.adamas.engine.Engine.create(config)) {
        assertThat(engine.policy().spec().toString()).as(yaml).isNotEmpty();
      }
    }
  }

  @Test
  void theTensorTypesAreThoseThatDecode() {
    assertThat(Readme.text()).contains("| tensor types | " + TensorType.decodableNames() + " |");
  }

  @Test
  void linksInsideTheRepositoryLeadSomewhere() {
    List<String> links =
        Pattern.compile("\\]\\(([^)#:]+)\\)")
            .matcher(Readme.text())
            .results()
            .map(link -> link.group(1))
            .toList();
    assertThat(links)
        .isNotEmpty()
        .allSatisfy(link -> assertThat(Files.exists(Readme.ROOT.resolve(link))).as(link).isTrue());
  }
}
