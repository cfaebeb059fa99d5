package dev.adamas.it.benchmarks;

import dev.adamas.api.ModelShape;
import dev.adamas.api.Workers;
import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.Session;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * One decode step of one layer, policy against policy on the same cache.
 *
 * <p>Keys, values and queries are Gaussian: selected rows are then scattered over the whole cache,
 * which is the worst case for the gather. Policies take turns over several layers, and memory is
 * read between runs ({@code --flush-mb}), so that every run finds its cache in DRAM where that
 * memory is larger than the last-level cache.
 */
final class LayerBenchmark {

  static final Map<String, String> DEFAULTS =
      Map.ofEntries(
          Map.entry("context", "32768"),
          Map.entry("kv-heads", "8"),
          Map.entry("group", "4"),
          Map.entry("head-dim", "128"),
          Map.entry("layers", "3"),
          Map.entry("threads", "1"),
          Map.entry("rounds", "30"),
          Map.entry("flush-mb", "96"),
          Map.entry("backend", "cpu-vector"),
          Map.entry(
              "policies",
              "full,adamas(budget=128,dense-layers=0),adamas-dot(budget=128,dense-layers=0),"
                  + "quest(budget=128,dense-layers=0),oracle(budget=128,dense-layers=0),streaming-llm(budget=128)"));

  private static final int CHUNK = 256;

  private LayerBenchmark() {}

  static String run(Arguments arguments) {
    int context = arguments.whole("context");
    int rounds = rounds(arguments);
    ModelShape shape =
        ModelShape.of(
            arguments.whole("layers"),
            arguments.whole("kv-heads") * arguments.whole("group"),
            arguments.whole("kv-heads"),
            arguments.whole("head-dim"));
    EngineConfig config =
        EngineConfig.builder()
            .threads(arguments.whole("threads"))
            .backends(arguments.text("backend"), "scalar")
            .build();
    try (Engine engine = Engine.create(config);
        Arena arena = Arena.ofShared()) {
      double bandwidth = ReadBandwidth.measure(engine.workers());
      MemorySegment query = gaussian(arena, shape.queryHeads() * shape.headDim(), new Random(2));
      MemorySegment output = arena.allocate(query.byteSize(), 64);
      MemorySegment flush =
          arena.allocate((1L + arguments.whole("flush-mb")) << 20, 64).fill((byte) 3);
      List<String> policies = arguments.list("policies");
      List<Session> sessions = new ArrayList<>();
      try (Session prompt = engine.open(shape)) {
        fill(prompt, context, arena);
        for (String policy : policies) {
          sessions.add(prompt.fork(engine.policy(policy)));
        }
      }
      List<Times> times = measure(engine.workers(), sessions, rounds, query, output, flush);
      String report = report(arguments, shape, policies, sessions, times, bandwidth);
      sessions.forEach(Session::close);
      return report;
    }
  }

  private static int rounds(Arguments arguments) {
    return arguments.whole("rounds");
  }

  /** Enough calls for the compiler to settle, whatever the number of measured ones. */
  private static int warmUp(int rounds) {
    return Math.max(20, rounds / 2);
  }

  private static List<Times> measure(
      Workers workers,
      List<Session> sessions,
      int rounds,
      MemorySegment query,
      MemorySegment output,
      MemorySegment flush) {
    List<Times> times = new ArrayList<>();
    sessions.forEach(_ -> times.add(new Times(rounds)));
    for (int round = -warmUp(rounds); round < rounds; round++) {
      int layer = Math.floorMod(round, sessions.getFirst().shape().layers());
      for (int i = 0; i < sessions.size(); i++) {
        if (ReadBandwidth.sum(flush) == 0) {
          throw new IllegalStateException("The flush was not read.");
        }
        workers.run(
            workers.threads(), (_, _) -> {}); // Wakes parked threads, as a running model would.
        long start = System.nanoTime();
        sessions.get(i).attend(layer, 1, query, output);
        long duration = System.nanoTime() - start;
        if (round >= 0) {
          times.get(i).add(duration);
        }
      }
    }
    return times;
  }

  private static String report(
      Arguments arguments,
      ModelShape shape,
      List<String> policies,
      List<Session> sessions,
      List<Times> times,
      double bandwidth) {
    StringBuilder text = new StringBuilder();
    text.append(Machine.describe()).append('\n');
    text.append(
        "%d tokens, %d KV heads x %d query heads, head dimension %d, fp16, %s thread(s), read bandwidth %.1f GB/s%n"
            .formatted(
                arguments.whole("context"),
                shape.kvHeads(),
                shape.groupSize(),
                shape.headDim(),
                arguments.text("threads"),
                bandwidth / 1e9));
    text.append(
        "| policy | median ms | p10 ms | over the row before | speed-up over the first | bytes read"
            + " | floor ms | of floor |\n");
    text.append("|---|---|---|---|---|---|---|---|\n");
    int attends = rounds(arguments) + warmUp(rounds(arguments));
    double first = times.getFirst().median();
    for (int i = 0; i < policies.size(); i++) {
      var work = sessions.get(i).statistics().decode();
      double bytes = (double) (work.kvBytesRead() + work.indexBytesRead()) / attends;
      double floor = bytes / bandwidth * 1e3;
      double median = times.get(i).median();
      text.append(
          "| %s | %.3f | %.3f | %s | %.1f | %.2f MB | %.3f | %.0f %% |%n"
              .formatted(
                  policies.get(i),
                  median,
                  times.get(i).quantile(0.1),
                  i == 0 ? "" : overTheRowBefore(times.get(i), times.get(i - 1)),
                  first / median,
                  bytes / 1e6,
                  floor,
                  100 * floor / median));
    }
    return text.toString();
  }

  private static String overTheRowBefore(Times times, Times before) {
    return "%+.1f %%".formatted(100 * (times.medianOver(before) - 1));
  }

  static void fill(Session session, int context, Arena arena) {
    ModelShape shape = session.shape();
    int row = shape.kvHeads() * shape.headDim();
    // Long enough a bank that rows differ, short enough to fill quickly.
    MemorySegment bank = gaussian(arena, CHUNK * row * 4, new Random(1));
    Random offsets = new Random(3);
    for (int layer = 0; layer < shape.layers(); layer++) {
      for (int done = 0; done < context; done += CHUNK) {
        int tokens = Math.min(CHUNK, context - done);
        session.append(
            layer, slice(bank, offsets, tokens * row), slice(bank, offsets, tokens * row), tokens);
      }
    }
    session.endPrefill();
  }

  private static MemorySegment slice(MemorySegment bank, Random offsets, int floats) {
    int free = (int) (bank.byteSize() / Float.BYTES) - floats;
    return bank.asSlice(4L * offsets.nextInt(free + 1), 4L * floats);
  }

  static MemorySegment gaussian(Arena arena, int floats, Random random) {
    MemorySegment segment = arena.allocate(4L * floats, 64);
    for (int i = 0; i < floats; i++) {
      segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian());
    }
    return segment;
  }
}
