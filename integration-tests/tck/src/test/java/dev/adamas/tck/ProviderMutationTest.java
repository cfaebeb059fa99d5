package dev.adamas.tck;

import dev.adamas.api.PolicyFactory;
import dev.adamas.api.Provider;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Each check of providers catches the provider that is broken where it looks. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProviderMutationTest {

  private final List<Thread> leaked = new CopyOnWriteArrayList<>();

  @AfterAll
  void endLeakedThreads() {
    leaked.forEach(Thread::interrupt);
  }

  /** A provider that is right, for subclasses to break in one place. */
  static class Broken implements Provider {
    @Override
    public int spiVersion() {
      return SPI_VERSION;
    }

    @Override
    public String name() {
      return "broken";
    }

    @Override
    public String version() {
      return "1.0.0";
    }

    PolicyFactory policy(String id, String description) {
      return new PolicyFactory(id, 1, description, List.of(), _ -> new PolicyMutationTest.Broken());
    }

    @Override
    public List<PolicyFactory> policies() {
      return List.of(policy("broken", "Sinks and recent tokens."));
    }
  }

  private static void caught(Supplier<? extends Provider> mutant, String by, String... mayAlso) {
    Components components = Components.builtIn().with(List.of(mutant.get()));
    Mutants.caught(ProviderChecks.of(mutant, components), by, mayAlso);
  }

  @Test
  void offersTheSameTwice() {
    caught(
        () ->
            new Broken() {
              @Override
              public List<PolicyFactory> policies() {
                return List.of(
                    policy("broken", "Sinks and recent tokens."), policy("broken", "Once more."));
              }
            },
        "names-itself");
  }

  @Test
  void startsSlowly() {
    caught(
        () ->
            new Broken() {
              @Override
              public List<PolicyFactory> policies() {
                try {
                  Thread.sleep(600);
                } catch (InterruptedException _) {
                  Thread.currentThread().interrupt();
                }
                return super.policies();
              }
            },
        "discovery-does-no-work");
  }

  @Test
  void startsAThreadWhenItIsFound() {
    caught(
        () ->
            new Broken() {
              {
                leaked.add(Sleeping.start());
              }
            },
        "discovery-does-no-work");
  }

  @Test
  void makesSomethingElse() {
    caught(
        () ->
            new Broken() {
              @Override
              public List<PolicyFactory> policies() {
                return List.of(policy("other", "Sinks and recent tokens."));
              }
            },
        "factories-keep-their-word");
  }
}
