package dev.adamas.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.Session;
import dev.adamas.model.decoder.ModelException;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What a host sees, on the embedded model. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ModelTest {
  private static final String NEEDLE =
      "The pass key is 48213. Remember it. 48213 is the pass key. ";
  private static final String QUESTION = "What is the pass key? The pass key is";

  private Engine engine = Engine.create(EngineConfig.defaults());
  private Model model = Model.embedded(engine);

  @BeforeAll
  void checkShape() {
    assertThat(model.config().shape().layers()).isEqualTo(8);
    assertThat(model.config().context()).isEqualTo(32768);
  }

  @AfterAll
  void close() {
    model.close();
    engine.close();
  }

  private int[] document() {
    String filler = "The sea was calm and the old house stood by the road. ".repeat(40);
    return model.tokenizer().encode(filler + NEEDLE + filler + QUESTION, true, false);
  }

  private String generate(Sequence sequence, int tokens) {
    Sampler sampler = Sampler.of(SamplerSettings.greedy());
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < tokens; i++) {
      int token = sampler.next(sequence.logits());
      text.append(model.tokenizer().decode(token));
      sequence.decode(token);
    }
    return text.toString();
  }

  @Test
  void policiesAnswerFromForksOfOnePrompt() {
    int[] tokens = document();
    try (Sequence prompt = model.open(engine.policy("full"))) {
      int[] last = {0};
      prompt.prefill(tokens, done -> last[0] = done);
      assertThat(last[0]).isEqualTo(tokens.length);
      assertThat(prompt.length()).isEqualTo(tokens.length);
      for (String policy : new String[] {"full", "adamas-dot(budget=64)", "quest(budget=64)"}) {
        try (Sequence fork = prompt.fork(engine.policy(policy))) {
          assertThat(generate(fork, 7)).as(policy).contains("48213");
          assertThat(fork.length()).isEqualTo(tokens.length + 7);
        }
      }
      try (Sequence fork = prompt.fork(engine.policy("streaming-llm(budget=64)"))) {
        assertThat(generate(fork, 7)).doesNotContain("48213");
      }
      assertThat(prompt.length()).isEqualTo(tokens.length);
    }
  }

  @Test
  void aLaterPartOfThePromptContinuesTheSequence() {
    int[] tokens = random(300, 1);
    try (Sequence whole = model.open();
        Sequence parts = model.open()) {
      whole.prefill(tokens);
      parts.prefill(Arrays.copyOf(tokens, 100));
      assertThat(parts.session().phase()).isEqualTo(Session.Phase.DECODE);
      parts.decode(7);
      parts.truncate(100);
      parts.prefill(Arrays.copyOfRange(tokens, 100, 300));
      assertThat(parts.logits()).isEqualTo(whole.logits());
    }
  }

  @Test
  void logitsOfAllTokensEndWithThoseOfTheLast() {
    int[] tokens = random(530, 2);
    try (Sequence all = model.open();
        Sequence last = model.open()) {
      int[] next = {0};
      all.prefill(
          tokens,
          (index, row) -> {
            assertThat(index).isEqualTo(next[0]++);
            assertThat(row).hasSize(4096);
          });
      assertThat(next[0]).isEqualTo(530);
      last.prefill(tokens);
      for (int i = 0; i < 4096; i++) {
        assertThat(all.logits()[i]).isCloseTo(last.logits()[i], offset(1e-3f));
      }
      all.decode(5);
      last.decode(5);
      for (int i = 0; i < 4096; i++) {
        assertThat(all.logits()[i]).isCloseTo(last.logits()[i], offset(1e-3f));
      }
    }
  }

  @Test
  void aCallThatFailsLeavesTheSequenceAsItWas() {
    int[] tokens = random(1200, 3);
    try (Sequence sequence = model.open()) {
      sequence.prefill(Arrays.copyOf(tokens, 50));
      float[] before = sequence.logits().clone();
      IntConsumer cancel =
          done -> {
            throw new IllegalStateException("enough");
          };
      assertThatThrownBy(() -> sequence.prefill(tokens, cancel)).hasMessage("enough");
      assertThat(sequence.length()).isEqualTo(50);
      assertThatThrownBy(() -> sequence.decode(-1)).isInstanceOf(ModelException.class);
      assertThat(sequence.length()).isEqualTo(50);
      int[] bad = tokens.clone();
      bad[1100] = 5000;
      assertThatThrownBy(() -> sequence.prefill(bad))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("Token 5000");
      assertThat(sequence.length()).isEqualTo(50);
      sequence.truncate(49);
      sequence.prefill(tokens[49]);
      for (int i = 0; i < before.length; i++) {
        assertThat(sequence.logits()[i]).isCloseTo(before[i], offset(1e-3f));
      }
    }
  }

  @Test
  void promptsBeyondTheContextAreRefusedBeforeAnythingIsComputed() {
    try (Sequence sequence = model.open()) {
      assertThatThrownBy(() -> sequence.prefill(new int[32769]))
          .isInstanceOf(ModelException.class)
          .hasMessage("The prompt has 32769 tokens, but the model's context is 32768; shorten it.");
      assertThatThrownBy(() -> sequence.prefill())
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("no tokens");
      assertThatThrownBy(() -> sequence.reserve(40000)).isInstanceOf(ModelException.class);
      assertThat(sequence.length()).isZero();
    }
  }

  @Test
  void resultsAreTheSameOnOneAndTwoThreadsBitForBit() {
    int[] tokens = random(700, 4);
    float[][] results = new float[2][];
    for (int threads = 1; threads <= 2; threads++) {
      EngineConfig config =
          EngineConfig.builder().threads(threads).policy("adamas-dot(budget=64)").build();
      try (Engine own = Engine.create(config);
          Model same = Model.embedded(own);
          Sequence sequence = same.open()) {
        sequence.prefill(tokens);
        for (int i = 0; i < 20; i++) {
          sequence.decode(i + 5);
        }
        results[threads - 1] = sequence.logits().clone();
      }
    }
    assertThat(results[1]).isEqualTo(results[0]);
  }

  private static int[] random(int n, long seed) {
    return new Random(seed).ints(n, 3, 4096).toArray();
  }
}
