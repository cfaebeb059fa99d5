package dev.adamas.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/**
 * Probabilities against those computed in double precision: at least as close as llama.cpp comes,
 * and the same best token wherever the exact one leads clearly.
 */
class GoldenTest {

  @ParameterizedTest
  @CsvSource({
    "adamas-tiny-32k, models/adamas-tiny-32k.q8_0.gguf",
    "adamas-tiny-32k.rope-linear-4-8192, models/variants/adamas-tiny-32k.rope-linear-4-8192.gguf",
    "adamas-tiny-32k.rope-yarn-4-8192, models/variants/adamas-tiny-32k.rope-yarn-4-8192.gguf",
    "random-llama2-spm, models/random/random-llama2-spm.gguf",
    "random-llama3-hd96, models/random/random-llama3-hd96.gguf",
    "random-qwen2, models/random/random-qwen2.gguf",
    "random-qwen3-hd256, models/random/random-qwen3-hd256.gguf",
    "SmolLM2-135M-Instruct, models/SmolLM2-135M-Instruct.Q4_1.gguf",
  })
  void probabilitiesAreAsCloseToExactAsThoseOfLlamaCpp(String name, String path) {
    JsonNode llama = SharedFiles.requireJson("golden/" + name + ".json");
    JsonNode exact = SharedFiles.requireJson("golden/exact/" + name + ".json");
    List<Double> ours = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    try (Engine engine = Engine.create(EngineConfig.defaults());
        Model model = Model.load(SharedFiles.require(path), engine)) {
      for (int c = 0; c < exact.size(); c++) {
        int[] prompt = ints(llama.get(c).get("promptTokens"));
        int[] forced = ints(llama.get(c).get("greedyTokens"));
        JsonNode steps = exact.get(c).get("top20");
        try (Sequence sequence = model.open(engine.policy("full"))) {
          for (int s = 0; s < steps.size(); s++) {
            if (s == 0) {
              sequence.prefill(prompt);
            } else {
              sequence.decode(forced[s - 1]);
            }
            double[] p = softmax(sequence.logits());
            Map<Integer, Double> peer = new HashMap<>();
            for (JsonNode pair : llama.get(c).get("top10").get(s)) {
              peer.put(pair.get(0).asInt(), pair.get(1).asDouble());
            }
            for (int i = 0; i < 5; i++) {
              int token = steps.get(s).get(i).get(0).asInt();
              double right = steps.get(s).get(i).get(1).asDouble();
              ours.add(Math.abs(p[token] - right));
              if (peer.containsKey(token)) {
                theirs.add(Math.abs(peer.get(token) - right));
              }
            }
            double margin =
                steps.get(s).get(0).get(1).asDouble() - steps.get(s).get(1).get(1).asDouble();
            if (margin > 0.05) {
              int best = IntStream.range(0, p.length).reduce(0, (a, b) -> p[b] > p[a] ? b : a);
              assertThat(best)
                  .as("%s, %s, step %d", name, exact.get(c).get("name"), s)
                  .isEqualTo(steps.get(s).get(0).get(0).asInt());
            }
          }
        }
      }
    }
    System.out.printf(
        "%s: mean |dp| %.2e (llama.cpp %.2e), largest %.2e%n",
        name, mean(ours), mean(theirs), ours.stream().mapToDouble(d -> d).max().orElseThrow());
    assertThat(mean(ours)).isLessThanOrEqualTo(mean(theirs));
  }

  private static int[] ints(JsonNode array) {
    return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(d -> d).average().orElseThrow();
  }

  private static double[] softmax(float[] logits) {
    double max = IntStream.range(0, logits.length).mapToDouble(i -> logits[i]).max().orElseThrow();
    double[] p =
        IntStream.range(0, logits.length).mapToDouble(i -> Math.exp(logits[i] - max)).toArray();
    double sum = 0;
    for (double v : p) {
      sum += v;
    }
    for (int i = 0; i < p.length; i++) {
      p[i] /= sum;
    }
    return p;
  }
}
