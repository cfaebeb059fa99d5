package dev.adamas.it.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.engine.Session;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The benchmarks run and print a row per policy; what they print is read by people. */
class BenchmarkTest {

  @Test
  void layer() {
    List<String> options =
        List.of(
            "--context",
            "700",
            "--kv-heads",
            "2",
            "--group",
            "2",
            "--head-dim",
            "64",
            "--rounds",
            "2");
    assertThat(LayerBenchmark.run(new Arguments(options, LayerBenchmark.DEFAULTS)))
        .contains("| full |", "| adamas-dot(budget=128,dense-layers=0) |", "read bandwidth");
  }

  @Test
  void model() throws Exception {
    List<String> options =
        List.of("--context", "600", "--tokens", "2", "--policies", "full,adamas-dot(budget=64)");
    assertThat(ModelBenchmark.run(new Arguments(options, ModelBenchmark.DEFAULTS)))
        .contains("prefill: median", "| adamas-dot(budget=64) |");
  }

  /** The real run forks and takes a minute; what it measures has to hold without JMH too. */
  @Test
  void framework() {
    FrameworkBenchmark benchmark = new FrameworkBenchmark();
    benchmark.jfr = "on";
    benchmark.open();
    benchmark.attend();
    benchmark.step();
    Session session = benchmark.session();
    assertThat(session.describe().layers()).allMatch(layer -> layer.backend().equals("idle@1"));
    // The first step fills the cache, the second only attends.
    assertThat(session.statistics().decode().steps()).isEqualTo(3);
    assertThat(session.length()).isEqualTo(2);
    benchmark.close();
  }

  @Test
  void swap() throws Exception {
    List<String> shape =
        List.of(
            "--model",
            "none",
            "--context",
            "700",
            "--kv-heads",
            "2",
            "--group",
            "2",
            "--head-dim",
            "64",
            "--layers",
            "2",
            "--rounds",
            "2",
            "--policies",
            "adamas-dot(budget=64)");
    assertThat(SwapBenchmark.run(new Arguments(shape, SwapBenchmark.DEFAULTS)))
        .contains("none, 700 tokens", "| adamas-dot(budget=64) |");
    List<String> model =
        List.of("--context", "600", "--rounds", "1", "--policies", "quest(budget=64)");
    assertThat(SwapBenchmark.run(new Arguments(model, SwapBenchmark.DEFAULTS)))
        .contains("embedded, 600 tokens", "| quest(budget=64) |");
  }

  @Test
  void unknownOptionListsThoseThatExist() {
    assertThatThrownBy(() -> new Arguments(List.of("--contxt", "1"), LayerBenchmark.DEFAULTS))
        .hasMessageContaining("--context");
  }
}
