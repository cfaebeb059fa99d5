package dev.adamas.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.ModelShape;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * After a swap at token p a sequence decodes as one that decoded under the new policy from p on,
 * over the same keys and values: bit for bit, whatever backend runs it.
 */
@Timeout(120)
abstract class SwapContract {

  static final Duration LONG = Duration.ofSeconds(30);
  private static final ModelShape SHAPE = ModelShape.of(3, 4, 2, 64);
  private static final String[] POLICIES = {
    "full",
    "streaming-llm(budget=16,dense-layers=1)",
    "quest(budget=48,dense-layers=1)",
    "adamas-dot(budget=16,dense-layers=1)",
    "adamas-tail(budget=16,dense-layers=1)",
    "adamas-tail(group=shared,layer-budgets=0:all,1:8,residual-tokens=10%)"
  };

  private final Randomness random = Randomness.fresh();
  private final Engine engine;

  SwapContract(String backends) {
    engine =
        Engine.create(
            EngineConfig.parse(
                "{backends: " + backends + ", threads: 2, cache: {page-tokens: 64}}"));
  }

  @AfterEach
  void leavesNothingBehind() {
    engine.close();
    assertThat(engine.memory()).isEqualTo(new CacheMemory(0, 0, OptionalLong.empty()));
    assertThat(engine.kernels().openIndexes()).isZero();
    assertThat(engine.kernels().size()).isZero();
  }

  private Tokens tokens(int count) {
    return Tokens.random(random, SHAPE, count);
  }

  private Session open(String policy) {
    return engine.open(SHAPE, engine.policy(policy));
  }

  private Swap swap(Session session, String policy) {
    return engine.swap(policy, SwapOptions.tokenBoundary(session).withChunk(100).withGrace(4));
  }

  static void reach(Swap swap, SwapState state) throws InterruptedException {
    assertThat(swap.await(state, LONG)).as("%s, %s", swap.state(), swap.outcome()).isTrue();
    assertThat(swap.outcome()).isNotInstanceOf(SwapOutcome.Failed.class);
  }

  static void same(List<float[]> actual, List<float[]> expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.size(); i++) {
      assertThat(actual.get(i)).as("step %d", i).isEqualTo(expected.get(i));
    }
  }

  /** What a sequence gets that leaves one policy for another after {@code at} decoded tokens. */
  private List<float[]> expected(String from, String to, Tokens prompt, Tokens answer, int at) {
    try (Session first = open(from)) {
      prompt.read(first);
      List<float[]> outputs = new ArrayList<>(answer.decode(first, 0, at));
      try (Session second = first.fork(engine.policy(to))) {
        outputs.addAll(answer.decode(second, at, answer.count()));
      }
      return outputs;
    }
  }

  /** Prompts that end before, at and after a page of 64, and before the calibration length. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void everyPairOfPolicies(int first) throws InterruptedException {
    int[] lengths = {63, 255, 256, 319, 320, 321};
    for (int second = 0; second < POLICIES.length; second++) {
      String from = POLICIES[first];
      String to = POLICIES[second];
      Tokens prompt = tokens(lengths[(first + second) % lengths.length]);
      Tokens answer = tokens(9);
      try (Session session = open(from)) {
        prompt.read(session);
        List<float[]> actual = new ArrayList<>(answer.decode(session, 0, 2));
        Swap swap = swap(session, to);
        reach(swap, SwapState.GRACE);
        assertThat(session.policy().spec()).isEqualTo(engine.policy(to).spec());
        actual.addAll(answer.decode(session, 2, 9));
        assertThat(swap.await(LONG)).contains(new SwapOutcome.Completed());
        assertThat(swap.figures().getFirst().token()).isEqualTo(prompt.count() + 2);
        same(actual, expected(from, to, prompt, answer, 2));
      }
    }
  }

  /** The host never waits: the change comes in the midst of its steps. */
  @ParameterizedTest
  @ValueSource(ints = {0, 2, 3, 4})
  void whileTheHostDecodes(int first) throws InterruptedException {
    String from = POLICIES[first];
    String to = POLICIES[5 - first];
    Tokens prompt = tokens(600);
    Tokens answer = tokens(400);
    try (Session session = open(from)) {
      prompt.read(session);
      List<float[]> actual = new ArrayList<>();
      actual.addAll(answer.decode(session, 0, 3));
      Swap swap = swap(session, to);
      int at = 3;
      while (at < answer.count() - 8 && (at <= 12 || swap.state().compareTo(SwapState.GRACE) < 0)) {
        actual.addAll(answer.decode(session, at, at + 1));
        at++;
      }
      reach(swap, SwapState.GRACE);
      actual.addAll(answer.decode(session, at, at + 8));
      int token = swap.figures().getFirst().token() - prompt.count();
      assertThat(token).isGreaterThanOrEqualTo(3);
      same(actual, expected(from, to, prompt, answer.slice(0, actual.size()), token));
    }
  }

  @Test
  void aRollbackGoesBackToTheVeryState() throws InterruptedException {
    Tokens prompt = tokens(300);
    Tokens answer = tokens(12);
    String from = POLICIES[3];
    String to = POLICIES[2];
    try (Session session = open(from);
        Session reference = open(from)) {
      prompt.read(session);
      prompt.read(reference);
      answer.decode(session, 0, 2);
      answer.decode(reference, 0, 2);
      Swap swap = engine.swap(to, SwapOptions.tokenBoundary(session).withGrace(100));
      reach(swap, SwapState.GRACE);
      answer.decode(session, 2, 5);
      session.truncate(304);
      answer.decode(reference, 2, 4);
      assertThat(swap.rollback()).isTrue();
      assertThat(swap.await(LONG))
          .contains(new SwapOutcome.RolledBack("A rollback was asked for."));
      assertThat(swap.rollback()).isFalse();
      assertThat(session.policy().spec()).isEqualTo(engine.policy(from).spec());
      same(answer.decode(session, 4, 12), answer.decode(reference, 4, 12));
      assertThat(session.statistics().rollbacks()).isEqualTo(1);
    }
  }

  @Test
  void aSwapWhileThePromptIsRead() throws InterruptedException {
    Tokens prompt = tokens(500);
    Tokens answer = tokens(4);
    for (String to : List.of(POLICIES[2], POLICIES[4])) {
      try (Session session = open(POLICIES[3]);
          Session fresh = open(to)) {
        prompt.slice(0, 200).step(session);
        Swap swap = swap(session, to);
        prompt.slice(200, 400).step(session);
        reach(swap, SwapState.GRACE);
        prompt.slice(400, 500).step(session);
        session.endPrefill();
        prompt.slice(0, 200).step(fresh);
        prompt.slice(200, 400).step(fresh);
        prompt.slice(400, 500).step(fresh);
        fresh.endPrefill();
        same(answer.decode(session, 0, 4), answer.decode(fresh, 0, 4));
      }
    }
  }

  /** Speculative decoding truncates in every step; the candidate has to follow. */
  @Test
  void aHostThatTruncatesAllTheTime() throws InterruptedException {
    Tokens prompt = tokens(700);
    String from = POLICIES[0];
    for (String to : List.of(POLICIES[2], POLICIES[3], POLICIES[4], POLICIES[5])) {
      Tokens answer = tokens(600);
      try (Session session = open(from);
          Session reference = open(from)) {
        prompt.read(session);
        prompt.read(reference);
        Swap swap = swap(session, to);
        int at = 0;
        while (swap.state().compareTo(SwapState.GRACE) < 0 && at < 590) {
          int length = session.length();
          answer.slice(at, at + 3).step(session);
          session.truncate(length + 1); // two of three are wrong
          at++;
        }
        reach(swap, SwapState.GRACE);
        for (int i = 0; i < at; i++) {
          answer.slice(i, i + 1).step(reference);
        }
        try (Session fork = reference.fork(engine.policy(to))) {
          same(answer.decode(session, at, at + 5), answer.decode(fork, at, at + 5));
        }
      }
    }
  }

  @Test
  void severalSwapsOneAfterAnother() throws InterruptedException {
    Tokens prompt = tokens(400);
    Tokens answer = tokens(6);
    try (Session session = open(POLICIES[0])) {
      prompt.read(session);
      List<Swap> swaps = new ArrayList<>();
      for (String policy : POLICIES) {
        swaps.add(engine.swap(policy, SwapOptions.tokenBoundary(session).withGrace(1000)));
      }
      reach(swaps.getLast(), SwapState.GRACE);
      // Each ended the grace of the one before.
      for (Swap swap : swaps.subList(0, swaps.size() - 1)) {
        assertThat(swap.await(LONG)).contains(new SwapOutcome.Completed());
      }
      try (Session fork = session.fork()) {
        same(answer.decode(session, 0, 6), answer.decode(fork, 0, 6));
      }
      assertThat(session.statistics().swaps()).isEqualTo(POLICIES.length);
    }
  }

  @Test
  void aShadowRunMeasuresFirst() throws InterruptedException {
    Tokens prompt = tokens(400);
    Tokens answer = tokens(400);
    try (Session session = open(POLICIES[0])) {
      prompt.read(session);
      SwapOptions options =
          SwapOptions.tokenBoundary(session).withShadow(new SwapOptions.Shadow(12, 0.999, 0.9));
      Swap window = engine.swap("streaming-llm(budget=16,dense-layers=0)", options);
      int at = 0;
      while (window.outcome().isEmpty() && at < 200) {
        answer.slice(at, at + 1).step(session);
        at++;
      }
      assertThat(window.outcome()).get().isInstanceOf(SwapOutcome.Failed.class);
      SwapOutcome.Failed failed = (SwapOutcome.Failed) window.outcome().orElseThrow();
      assertThat(failed.state()).isEqualTo(SwapState.SHADOW);
      assertThat(failed.reason())
          .matches(
              "streaming-llm.* selects 0\\.[0-9]{3} of what session \\d+ selects now and keeps"
                  + " 0\\.[0-9]{3} of its attention weight; at least 0\\.999 and 0\\.900 were asked"
                  + " for\\.");
      assertThat(session.policy().spec().id()).isEqualTo("full");
      // The oracle selects the largest logits by definition.
      Swap oracle =
          engine.swap(
              "oracle(budget=64,dense-layers=0)",
              SwapOptions.tokenBoundary(session)
                  .withShadow(new SwapOptions.Shadow(12, 0.999, 0.2)));
      while (oracle.state().compareTo(SwapState.GRACE) < 0
          && oracle.outcome().isEmpty()
          && at < 390) {
        answer.slice(at, at + 1).step(session);
        at++;
      }
      reach(oracle, SwapState.GRACE);
      SwapFigures.Measured measured = oracle.figures().getFirst().measured().orElseThrow();
      assertThat(measured.steps()).isEqualTo(12);
      assertThat(measured.recall()).isGreaterThan(0.999);
      assertThat(measured.mass()).isBetween(0.2, 1.0);
      assertThat(oracle.timings()).containsKey(SwapState.SHADOW);
    }
  }
}
