package dev.adamas.engine;

import dev.adamas.api.ModelShape;
import java.lang.foreign.MemorySegment;

/** The example of the package documentation, compiled and run by {@link HostExampleTest}. */
final class HostExample {

  private HostExample() {}

  // @start region="host"
  /** What a host's model gives per layer: queries, keys and values after RoPE, heads contiguous. */
  interface Model {

    ModelShape shape();

    /** Writes the rows of {@code tokens} tokens from {@code position} on, as float32. */
    void project(int layer, int position, int tokens, Rows rows);

    /** Takes the attention output of a layer: residual connections, feed-forward, next layer. */
    void attended(int layer, int position, int tokens, MemorySegment output);
  }

  /** Buffers of one step; heap segments here, native ones work as well. */
  record Rows(MemorySegment query, MemorySegment keys, MemorySegment values, MemorySegment output) {

    static Rows of(ModelShape shape, int tokens) {
      int queryFloats = tokens * shape.queryHeads() * shape.headDim();
      int kvFloats = tokens * shape.kvHeads() * shape.headDim();
      return new Rows(
          MemorySegment.ofArray(new float[queryFloats]),
          MemorySegment.ofArray(new float[kvFloats]),
          MemorySegment.ofArray(new float[kvFloats]),
          MemorySegment.ofArray(new float[queryFloats]));
    }
  }

  /** Reads a prompt once and lets two policies answer from it. */
  static String compare(Model model, int promptTokens, int answerTokens) {
    EngineConfig config =
        EngineConfig.parse(
            """
            policy: adamas-dot(budget=64)
            backends: scalar              # the default is [cpu-vector, scalar]
            cache: {type: f16, max-bytes: 1GiB}
            """);
    try (Engine engine = Engine.create(config);
        Session session = engine.open(model.shape())) {
      // Refused here, in one sentence, where it would not fit later.
      session.reserve(promptTokens + answerTokens);
      step(session, model, 0, promptTokens, Rows.of(model.shape(), promptTokens));
      session.endPrefill();

      // A fork shares the prompt's pages and may follow another policy.
      try (Session other = session.fork(engine.policy("streaming-llm(budget=64)"))) {
        Rows rows = Rows.of(model.shape(), 1);
        for (int token = 0; token < answerTokens; token++) {
          step(session, model, promptTokens + token, 1, rows);
          step(other, model, promptTokens + token, 1, rows);
        }
        return "%s read %d bytes of keys and values per token, %s %d"
            .formatted(
                session.policy().spec().id(),
                session.statistics().lastStep().kvBytesRead(),
                other.policy().spec().id(),
                other.statistics().lastStep().kvBytesRead());
      }
    }
  }

  /** One step: every layer appends its keys and values, then attends. */
  private static void step(Session session, Model model, int position, int tokens, Rows rows) {
    for (int layer = 0; layer < model.shape().layers(); layer++) {
      model.project(layer, position, tokens, rows);
      session.append(layer, rows.keys(), rows.values(), tokens);
      session.attend(layer, tokens, rows.query(), rows.output());
      model.attended(layer, position, tokens, rows.output());
    }
  }
  // @end
}
