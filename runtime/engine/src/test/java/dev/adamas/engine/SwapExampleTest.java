package dev.adamas.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.ModelShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SwapExampleTest {

  @Test
  @Timeout(60)
  void runs() throws InterruptedException {
    ModelShape shape = ModelShape.of(3, 4, 2, 64);
    Randomness random = Randomness.fresh();
    Tokens token = Tokens.random(random, shape, 1);
    try (Engine engine = Engine.create(EngineConfig.parse("backends: scalar"));
        Session session = engine.open(shape)) {
      Tokens.random(random, shape, 300).read(session);
      assertThat(SwapExample.change(engine, session, () -> token.step(session)))
          .matches("full@1 left at token 3[0-9]{2}|full@1 left at token [0-9]{3,4}");
      assertThat(session.policy().spec().id()).isEqualTo("quest");
    }
  }
}
