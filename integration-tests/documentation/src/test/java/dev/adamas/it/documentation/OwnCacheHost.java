package dev.adamas.it.documentation;

import dev.adamas.api.ModelShape;
import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.Session;
import dev.adamas.engine.SessionStatistics;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/** A host that keeps its own KV cache and shows it to the engine. */
final class OwnCacheHost {

  private OwnCacheHost() {}

  /** The same as {@link SimpleHost#run} over the host's cache. */
  static SessionStatistics.Work run(Model model, int promptTokens, int answerTokens) {
    ModelShape shape = model.shape();
    EngineConfig config = EngineConfig.parse("policy: adamas-dot(budget=64)");
    try (Arena arena = Arena.ofShared();
        Engine engine = Engine.create(config)) {
      List<HostCache> caches =
          IntStream.range(0, shape.layers())
              .mapToObj(_ -> new HostCache(arena, shape, promptTokens + answerTokens))
              .toList();
      try (Session session = engine.attach(shape, caches::get, engine.policy())) {
        step(model, session, caches, 0, promptTokens);
        caches.forEach(HostCache::endPrefill);
        session.endPrefill();
        for (int token = promptTokens; token < promptTokens + answerTokens; token++) {
          step(model, session, caches, token, token + 1);
        }
        return session.statistics().lastStep();
      }
    }
  }

  private static void step(Model model, Session session, List<HostCache> caches, int from, int to) {
    ModelShape shape = model.shape();
    int rows = to - from;
    float[] query = new float[rows * shape.queryHeads() * shape.headDim()];
    float[] keys = new float[rows * shape.kvHeads() * shape.headDim()];
    float[] values = new float[keys.length];
    MemorySegment output = MemorySegment.ofArray(new float[query.length]);
    for (int layer = 0; layer < shape.layers(); layer++) {
      model.project(layer, from, to, query, keys, values);
      caches.get(layer).append(keys, values, rows);
      session.attend(layer, rows, MemorySegment.ofArray(query), output);
      model.attended(layer, from, to, output);
    }
  }
}
