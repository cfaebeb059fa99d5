package dev.adamas.it.thirdparty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.engine.Engine;
import dev.adamas.engine.EngineConfig;
import dev.adamas.engine.ProviderSource;
import dev.adamas.engine.Session;
import dev.adamas.engine.Swap;
import dev.adamas.engine.SwapOptions;
import dev.adamas.engine.SwapState;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * On a class path the plugin is there from the start: it serves a live sequence and is left again.
 */
@Timeout(60)
class ClassPathTest {

  private static final String POLICY = "sparq(budget=40,recent=8)";

  private final Writer writer = new Writer(5);
  private final List<Integer> prompt = Writer.prompt(300);

  private static void change(Engine engine, Text text, String policy) throws InterruptedException {
    Swap swap = engine.swap(policy, SwapOptions.tokenBoundary(text.session()).withGrace(0));
    while (swap.state().compareTo(SwapState.GRACE) < 0) {
      assertThat(swap.outcome()).isEmpty();
      text.step();
      Thread.sleep(1);
    }
  }

  @Test
  void servesALiveSequenceOnItsOwnBackend() throws IOException, InterruptedException {
    List<Text.Step> blocked = write("[blocked, scalar]", "blocked@1");
    // Stage by stage, scalar selects the same tokens; the text tells, whatever the timing was.
    assertThat(replay(blocked, "[scalar]"))
        .isEqualTo(blocked.stream().map(Text.Step::token).toList());
  }

  private List<Text.Step> write(String backends, String backend)
      throws IOException, InterruptedException {
    try (URLClassLoader loader = loader();
        Engine engine = engine(loader, backends)) {
      Text text = new Text(writer, engine.open(Writer.SHAPE), prompt);
      text.steps(5);
      change(engine, text, POLICY);
      text.steps(40);
      assertThat(text.session().describe().layers())
          .allSatisfy(layer -> assertThat(layer.backend()).isEqualTo(backend));
      assertThat(text.steps().getLast().policy()).startsWith("sparq@1(");
      change(engine, text, "full");
      text.steps(10);
      text.session().close();
      return text.steps();
    }
  }

  private List<Integer> replay(List<Text.Step> steps, String backends) throws IOException {
    try (URLClassLoader loader = loader();
        Engine engine = engine(loader, backends)) {
      Text text = new Text(writer, engine.open(Writer.SHAPE), prompt);
      List<Integer> tokens = new ArrayList<>();
      for (Text.Step step : steps) {
        Session before = text.session();
        if (!before.policy().spec().toString().equals(step.policy())) {
          text = text.in(before.fork(engine.policy(step.policy())));
          before.close();
        }
        text.step();
        tokens.add(text.steps().getLast().token());
      }
      text.session().close();
      return tokens;
    }
  }

  private static URLClassLoader loader() throws IOException {
    return new URLClassLoader(new URL[] {PluginJars.blocked().toUri().toURL()});
  }

  private static Engine engine(ClassLoader loader, String backends) {
    return Engine.builder()
        .config(EngineConfig.parse("{policy: full, backends: " + backends + ", threads: 2}"))
        .source(ProviderSource.serviceLoader(loader))
        .build();
  }
}
