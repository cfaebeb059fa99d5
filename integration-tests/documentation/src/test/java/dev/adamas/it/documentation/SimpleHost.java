package dev.adamas.it.documentation;

import dev.adamas.api.ModelShape;
import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.Session;
import dev.adamas.engine.SessionStatistics;
import java.lang.foreign.MemorySegment;

/** A host that lets the engine keep the KV cache. */
final class SimpleHost {

  private SimpleHost() {}

  /** Reads a prompt, decodes an answer, and tells what the last token's attention read. */
  static SessionStatistics.Work run(Model model, int promptTokens, int answerTokens) {
    EngineConfig config =
        EngineConfig.parse(
            """
            policy: adamas-dot(budget=64)
            cache: {type: f16, max-bytes: 1GiB}
            """);
    try (Engine engine = Engine.create(config);
        Session session = engine.open(model.shape())) {
      // Refused here, in one sentence, where the cache would not fit later.
      session.reserve(promptTokens + answerTokens);
      step(model, session, 0, promptTokens); // prefill: dense
      session.endPrefill(); // from here on the policy decides
      for (int token = promptTokens; token < promptTokens + answerTokens; token++) {
        step(model, session, token, token + 1);
      }
      return session.statistics().lastStep();
    }
  }

  private static void step(Model model, Session session, int from, int to) {
    ModelShape shape = model.shape();
    int rows = to - from;
    float[] query = new float[rows * shape.queryHeads() * shape.headDim()];
    float[] keys = new float[rows * shape.kvHeads() * shape.headDim()];
    float[] values = new float[keys.length];
    MemorySegment output = MemorySegment.ofArray(new float[query.length]);
    for (int layer = 0; layer < shape.layers(); layer++) {
      model.project(layer, from, to, query, keys, values);
      session.append(layer, MemorySegment.ofArray(keys), MemorySegment.ofArray(values), rows);
      session.attend(layer, rows, MemorySegment.ofArray(query), output);
      model.attended(layer, from, to, output);
    }
  }
}
