package dev.adamas.it.benchmarks;

import dev.adamas.api.ModelShape;
import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.ProviderSource;
import dev.adamas.engine.Session;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * What the engine costs per layer and step beside the kernel: a whole step over a kernel that does
 * nothing, divided by its layers.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FrameworkBenchmark {

  static final Map<String, String> DEFAULTS =
      Map.of("forks", "2", "warm-up", "5", "rounds", "5", "seconds", "2");

  private static final int LAYERS = 32;

  /** One key row is short: copying it into the cache is the cache's cost and not the engine's. */
  private static final ModelShape SHAPE = ModelShape.of(LAYERS, 4, 1, 8);

  private static final int PAGE_TOKENS = 1 << 16;

  /** Whether a flight recording takes every step. */
  @Param({"off", "on"})
  public String jfr = "off";

  private final MemorySegment row = MemorySegment.ofArray(new float[4 * 8]);
  private @Nullable Engine engine;
  private @Nullable Session session;
  private @Nullable Recording recording;
  private int length;

  /** Opens a sequence that selects in every layer but the first two. */
  @Setup
  public void open() {
    Engine opened =
        Engine.builder()
            .config(
                EngineConfig.parse(
                    "{backends: idle, policy: adamas-dot, cache: {page-tokens: %d}}"
                        .formatted(PAGE_TOKENS)))
            .providers(IdleBackend.provider())
            .source(ProviderSource.serviceLoader(FrameworkBenchmark.class.getClassLoader()))
            .build();
    engine = opened;
    session = opened.open(SHAPE);
    session.endPrefill();
    if (jfr.equals("on")) {
      Recording started = new Recording();
      started.enable("dev.adamas.AttentionStep");
      started.setMaxSize(16L << 20);
      started.start();
      recording = started;
    }
    step();
  }

  /** Closes it. */
  @TearDown
  public void close() {
    if (recording != null) {
      recording.close();
    }
    session().close();
    Objects.requireNonNull(engine).close();
  }

  /** The sequence, open between {@link #open} and {@link #close}. */
  Session session() {
    return Objects.requireNonNull(session);
  }

  /** Attention alone: the same query again over the same cache. */
  @Benchmark
  @OperationsPerInvocation(LAYERS)
  public void attend() {
    Session running = session();
    for (int layer = 0; layer < LAYERS; layer++) {
      running.attend(layer, 1, row, row);
    }
  }

  /** A token: its keys and values appended, the index brought up to date, attention. */
  @Benchmark
  @OperationsPerInvocation(LAYERS)
  public void step() {
    Session running = session();
    if (++length == PAGE_TOKENS) {
      running.truncate(1);
      length = 2;
    }
    for (int layer = 0; layer < LAYERS; layer++) {
      running.append(layer, row, row, 1);
      running.attend(layer, 1, row, row);
    }
  }

  static void run(Arguments arguments) throws RunnerException {
    System.out.println(Machine.describe());
    new Runner(
            new OptionsBuilder()
                .include(FrameworkBenchmark.class.getName())
                .addProfiler(GCProfiler.class)
                .forks(arguments.whole("forks"))
                .warmupIterations(arguments.whole("warm-up"))
                .measurementIterations(arguments.whole("rounds"))
                .warmupTime(TimeValue.seconds(arguments.whole("seconds")))
                .measurementTime(TimeValue.seconds(arguments.whole("seconds")))
                .build())
        .run();
  }
}
