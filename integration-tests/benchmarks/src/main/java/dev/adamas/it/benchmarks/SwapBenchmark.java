package dev.adamas.it.benchmarks;

import dev.adamas.api.ModelShape;
import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.Session;
import dev.adamas.engine.Swap;
import dev.adamas.engine.SwapFigures;
import dev.adamas.engine.SwapOptions;
import dev.adamas.engine.SwapOutcome;
import dev.adamas.engine.SwapState;
import dev.adamas.engine.WorkerPool;
import dev.adamas.model.Model;
import dev.adamas.model.Sequence;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;

/**
 * What a change of policy costs a sequence that goes on decoding: the pause at the change, the
 * steps while the index is built, how fast it is built, and how long the whole takes.
 *
 * <p>A step is a whole token of a model ({@code --model embedded} or a file), or, with {@code
 * --model none}, append and attention of {@code --layers} layers of a shape with Gaussian keys.
 */
final class SwapBenchmark {

  static final Map<String, String> DEFAULTS =
      Map.ofEntries(
          Map.entry("model", "embedded"),
          Map.entry("context", "32768"),
          Map.entry("kv-heads", "8"),
          Map.entry("group", "4"),
          Map.entry("head-dim", "128"),
          Map.entry("layers", "4"),
          Map.entry("threads", "1"),
          Map.entry("rounds", "20"),
          Map.entry("quiet-steps", "20"),
          Map.entry("from", "full"),
          Map.entry("policies", "adamas-tail(budget=64),adamas-dot(budget=64),quest(budget=128)"));

  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final int GRACE = 4;

  /** A sequence that is decoded. */
  private interface Host extends AutoCloseable {

    Session session();

    void step();

    void truncate(int length);

    @Override
    void close();
  }

  private SwapBenchmark() {}

  static String run(Arguments arguments) throws IOException, InterruptedException {
    EngineConfig config = EngineConfig.builder().threads(arguments.whole("threads")).build();
    double alone;
    try (WorkerPool one = WorkerPool.start(1)) {
      alone = ReadBandwidth.measure(one);
    }
    try (Engine engine = Engine.create(config);
        Arena arena = Arena.ofShared();
        Host host = host(arguments, engine, arena)) {
      StringBuilder text = new StringBuilder();
      text.append(
          "%s%n%s, %d tokens, %s thread(s), from %s; read bandwidth of one thread %.1f GB/s%n"
              .formatted(
                  Machine.describe(),
                  arguments.text("model"),
                  host.session().length(),
                  arguments.text("threads"),
                  arguments.text("from"),
                  alone / 1e9));
      text.append(
          "| policy | step p50, p99 ms | pause p50, p99 ms | step at the change p50, p99 ms | steps"
              + " meanwhile p50 ms | built MB | GB/s | of one thread's bandwidth | build ms | whole"
              + " ms |\n");
      text.append("|---|---|---|---|---|---|---|---|---|---|\n");
      for (String policy : arguments.list("policies")) {
        text.append(measure(arguments, engine, host, policy, alone));
      }
      return text.toString();
    }
  }

  private static String measure(
      Arguments arguments, Engine engine, Host host, String policy, double alone)
      throws InterruptedException {
    int rounds = arguments.whole("rounds");
    int quietSteps = arguments.whole("quiet-steps");
    int length = host.session().length();
    Times quiet = new Times(quietSteps * rounds);
    Times pause = new Times(rounds);
    Times change = new Times(rounds);
    Times meanwhile = new Times(1_000_000);
    Times build = new Times(rounds);
    Times whole = new Times(rounds);
    double bytes = 0;
    double rate = 0;
    for (int round = -2; round < rounds; round++) {
      boolean counts = round >= 0;
      for (int i = 0; i < quietSteps; i++) {
        long took = step(host);
        if (counts) {
          quiet.add(took);
        }
      }
      long start = System.nanoTime();
      Swap swap = swap(engine, host, policy);
      long last = 0;
      while (swap.state().compareTo(SwapState.GRACE) < 0 && swap.outcome().isEmpty()) {
        last = step(host);
        if (counts) {
          meanwhile.add(last);
        }
      }
      long took = System.nanoTime() - start;
      // The builder may have made the change between two steps; then the next one is the first.
      long next = step(host);
      SwapFigures figures = swap.figures().getFirst();
      if (counts) {
        pause.add(figures.pause().toNanos());
        change.add(Math.max(last, next));
        build.add(figures.buildTime().toNanos());
        whole.add(took);
        bytes = figures.builtBytes();
        rate += figures.bytesPerSecond() / rounds;
      }
      finish(host, swap);
      finish(host, swap(engine, host, arguments.text("from")));
      host.truncate(length);
    }
    return "| %s | %.2f, %.2f | %.3f, %.3f | %.2f, %.2f | %.2f | %.1f | %.2f | %.0f %% | %.0f | %.0f |%n"
        .formatted(
            policy,
            quiet.median(),
            quiet.quantile(0.99),
            pause.median(),
            pause.quantile(0.99),
            change.median(),
            change.quantile(0.99),
            meanwhile.median(),
            bytes / 1e6,
            rate / 1e9,
            100 * rate / alone,
            build.median(),
            whole.median());
  }

  private static Swap swap(Engine engine, Host host, String policy) {
    return engine.swap(policy, SwapOptions.tokenBoundary(host.session()).withGrace(GRACE));
  }

  private static void finish(Host host, Swap swap) throws InterruptedException {
    while (swap.state().compareTo(SwapState.GRACE) < 0 && swap.outcome().isEmpty()) {
      host.step();
    }
    for (int i = 0; i <= GRACE; i++) {
      host.step();
    }
    SwapOutcome outcome = swap.await(LIMIT).orElseThrow();
    if (!(outcome instanceof SwapOutcome.Completed)) {
      throw new IllegalStateException("The swap ended as " + outcome + ".");
    }
  }

  private static long step(Host host) {
    long start = System.nanoTime();
    host.step();
    return System.nanoTime() - start;
  }

  private static Host host(Arguments arguments, Engine engine, Arena arena) throws IOException {
    String model = arguments.text("model");
    if (model.equals("none")) {
      return new ShapeHost(arguments, engine, arena);
    }
    return new ModelHost(
        model.equals("embedded") ? Model.embedded(engine) : Model.load(Path.of(model), engine),
        arguments);
  }

  private static final class ModelHost implements Host {

    /** Room for the steps of a round. */
    private static final int ROOM = 512;

    private final Model model;
    private final Sequence sequence;

    ModelHost(Model model, Arguments arguments) {
      this.model = model;
      sequence = model.open(model.engine().policy(arguments.text("from")));
      int context = Math.min(arguments.whole("context"), model.config().context() - ROOM);
      int[] prompt = new int[context];
      Random random = new Random(1);
      for (int i = 0; i < context; i++) {
        prompt[i] = 100 + random.nextInt(300);
      }
      sequence.prefill(prompt);
    }

    @Override
    public Session session() {
      return sequence.session();
    }

    @Override
    public void step() {
      if (sequence.length() == model.config().context()) {
        sequence.truncate(model.config().context() - ROOM / 2);
      }
      sequence.decode(100 + sequence.length() % 50);
    }

    @Override
    public void truncate(int length) {
      sequence.truncate(length);
    }

    @Override
    public void close() {
      sequence.close();
      model.close();
    }
  }

  private static final class ShapeHost implements Host {

    private final Session session;
    private final ModelShape shape;
    private final MemorySegment rows;
    private final MemorySegment query;
    private final MemorySegment output;
    private int steps;

    ShapeHost(Arguments arguments, Engine engine, Arena arena) {
      shape =
          ModelShape.of(
              arguments.whole("layers"),
              arguments.whole("kv-heads") * arguments.whole("group"),
              arguments.whole("kv-heads"),
              arguments.whole("head-dim"));
      session = engine.open(shape, engine.policy(arguments.text("from")));
      LayerBenchmark.fill(session, arguments.whole("context"), arena);
      int row = shape.kvHeads() * shape.headDim();
      rows = LayerBenchmark.gaussian(arena, 1024 * row, new Random(4));
      query = LayerBenchmark.gaussian(arena, shape.queryHeads() * shape.headDim(), new Random(2));
      output = arena.allocate(query.byteSize(), 64);
    }

    @Override
    public Session session() {
      return session;
    }

    @Override
    public void step() {
      long bytes = 4L * shape.kvHeads() * shape.headDim();
      for (int layer = 0; layer < shape.layers(); layer++) {
        MemorySegment row = rows.asSlice((steps + 17L * layer) % 1024 * bytes, bytes);
        session.append(layer, row, row, 1);
        session.attend(layer, 1, query, output);
      }
      steps++;
    }

    @Override
    public void truncate(int length) {
      session.truncate(length);
    }

    @Override
    public void close() {
      session.close();
    }
  }
}
