package dev.adamas.it.thirdparty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.engine.Catalogue;
import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.ProviderSource;
import dev.adamas.engine.Session;
import dev.adamas.engine.Swap;
import dev.adamas.engine.SwapOptions;
import dev.adamas.engine.SwapOutcome;
import dev.adamas.engine.SwapState;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A sequence is offered a plugin that is broken in one way, and finishes with the right tokens. */
@Timeout(60)
class BrokenPluginTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final int PROMPT = 120;

  private final Writer writer = new Writer(11);
  private final List<Integer> prompt = Writer.prompt(PROMPT);
  private final LogLines log = new LogLines();
  private URLClassLoader loader;
  private Engine engine;
  private Text text;

  @BeforeEach
  void open() throws IOException {
    loader = new URLClassLoader(new URL[] {PluginJars.broken().toUri().toURL()});
    engine =
        Engine.builder()
            .config(
                EngineConfig.parse(
                    """
                    policy: full
                    backends: [faulty, scalar]
                    threads: 2
                    cache: {type: f32}
                    swap: {failure-threshold: 3, watchdog: 150ms}
                    """))
            .source(ProviderSource.serviceLoader(loader))
            .build();
    text = new Text(writer, engine.open(Writer.SHAPE), prompt);
    text.steps(3);
  }

  @AfterEach
  void close() throws IOException {
    text.session().close();
    engine.close();
    loader.close();
    log.close();
  }

  private Swap swapTo(String policy, Duration timeout) {
    return engine.swap(
        policy, SwapOptions.tokenBoundary(text.session()).withTimeout(timeout).withGrace(10_000));
  }

  /** Goes on writing, not too fast, until a swap has come to something. */
  private SwapOutcome writeUntilOver(Swap swap) throws InterruptedException {
    long end = System.nanoTime() + LONG.toNanos();
    while (swap.outcome().isEmpty()) {
      assertThat(System.nanoTime() - end).as(swap.state().toString()).isNegative();
      text.step();
      Thread.sleep(5);
    }
    return swap.outcome().orElseThrow();
  }

  private void writeUntilChanged(Swap swap) throws InterruptedException {
    while (swap.state().compareTo(SwapState.GRACE) < 0) {
      assertThat(swap.outcome()).isEmpty();
      text.step();
      Thread.sleep(1);
    }
  }

  /** The tokens that a text must have whose layers selected where the text says they did. */
  private List<Integer> expected() {
    return PlainText.tokens(
        writer,
        prompt,
        text.steps().size(),
        (step, layer, visible) ->
            text.steps().get(step).selecting().get(layer)
                ? IntStream.concat(IntStream.range(0, 24), IntStream.range(visible - 8, visible))
                : IntStream.range(0, visible));
  }

  private void finishesUntouched() {
    text.steps(10);
    assertThat(text.steps())
        .allSatisfy(
            step -> {
              assertThat(step.policy()).isEqualTo("full@1");
              assertThat(step.selecting()).containsOnly(false);
            });
    assertThat(text.tokens())
        .isEqualTo(PlainText.tokens(writer, prompt, text.steps().size(), PlainText::all));
    Session session = text.session();
    assertThat(session.statistics().swaps()).isZero();
    assertThat(session.statistics().degraded()).isZero();
  }

  @Test
  void fiveTokensTooFewAtOneLayerBecomeAnotherText() {
    text.steps(20);
    List<Integer> without =
        PlainText.tokens(
            writer,
            prompt,
            23,
            (step, layer, visible) ->
                IntStream.range(0, visible)
                    .filter(t -> step < 5 || layer < 3 || t < 40 || t >= 45));
    assertThat(text.tokens()).isNotEqualTo(without);
    assertThat(text.tokens().subList(0, 5)).isEqualTo(without.subList(0, 5));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "missing             | RESOLVE | There is no policy 'missing'",
        "from-the-future     | RESOLVE | There is no policy 'from-the-future'",
        "faulty(fault=crashes)  | RESOLVE | The policy broke while it was made",
        "faulty(fault=rejected) | PROBE   | The faulty backend runs plans of the policy it comes with",
        "faulty(fault=throws,step=1) | WARM | The faulty backend broke at its step 1",
      })
  void aSwapThatCannotBeMadeChangesNothing(String policy, SwapState state, String reason)
      throws InterruptedException {
    assertThat(writeUntilOver(swapTo(policy, LONG)))
        .isInstanceOfSatisfying(
            SwapOutcome.Failed.class,
            failed -> {
              assertThat(failed.state()).isEqualTo(state);
              assertThat(failed.reason()).contains(reason);
            });
    finishesUntouched();
  }

  @Test
  void aPluginOfAnotherSpiVersionIsRefusedAsAWhole() {
    assertThat(engine.catalogue().problems())
        .singleElement()
        .asString()
        .contains("future 9.0.0", "SPI version 99", "this engine has version 1");
    assertThat(engine.catalogue().of(Catalogue.Kind.POLICY))
        .extracting(Catalogue.Component::plugin)
        .contains("broken 1.0.0")
        .doesNotContain("future 9.0.0");
  }

  @Test
  void aPluginThatStartsTooSlowlyIsRefused() throws InterruptedException {
    Swap swap = swapTo("faulty(fault=slow,millis=60000)", Duration.ofMillis(300));
    assertThat(writeUntilOver(swap))
        .isInstanceOfSatisfying(
            SwapOutcome.Failed.class,
            failed -> {
              assertThat(failed.state()).isEqualTo(SwapState.PROBE);
              assertThat(failed.reason()).contains("timeout of 300 ms", "slow");
            });
    finishesUntouched();
  }

  @Test
  void aSlowStartInTimeOnlyTakesTime() throws InterruptedException {
    Swap swap = swapTo("faulty(fault=slow,millis=400)", LONG);
    writeUntilChanged(swap);
    text.steps(10);
    assertThat(swap.timings().get(SwapState.PROBE)).isGreaterThan(Duration.ofMillis(390));
    assertThat(text.steps().getLast().selecting()).containsOnly(true);
    assertThat(text.tokens()).isEqualTo(expected());
  }

  @Test
  void aBackendThatThrowsIsReplacedByDenseAttentionAndRolledBack() throws InterruptedException {
    Swap swap = swapTo("faulty(fault=throws,step=100)", LONG);
    assertThat(writeUntilOver(swap))
        .isInstanceOfSatisfying(
            SwapOutcome.RolledBack.class,
            back -> assertThat(back.reason()).contains("The faulty backend broke at its step 1"));
    text.steps(10);
    List<Text.Step> faulty =
        text.steps().stream().filter(step -> step.policy().startsWith("faulty@1")).toList();
    long degraded =
        faulty.stream().flatMap(step -> step.selecting().stream()).filter(s -> !s).count();
    assertThat(faulty.getFirst().selecting()).containsOnly(true);
    assertThat(degraded).isBetween(3L, 6L).isEqualTo(text.session().statistics().degraded());
    assertThat(text.session().statistics().rollbacks()).isEqualTo(1);
    assertThat(text.steps().getLast().policy()).isEqualTo("full@1");
    assertThat(text.tokens()).isEqualTo(expected());
  }

  @Test
  void aStepThatHangsIsNamedByTheWatchdog() throws InterruptedException {
    Swap swap = swapTo("faulty(fault=hangs,step=150,millis=1000)", LONG);
    writeUntilChanged(swap);
    text.steps(60);
    assertThat(log.lines())
        .filteredOn(line -> line.contains("has been attending for"))
        .singleElement()
        .asString()
        .containsPattern("Layer [0-3] of step \\d+ of session \\d+")
        .contains("policy faulty@1(fault=hangs", "backend faulty@1 (plugin ");
    // It returned after all, so the text goes on as if nothing had been.
    assertThat(text.steps().getLast().selecting()).containsOnly(true);
    assertThat(text.tokens()).isEqualTo(expected());
  }
}
