package dev.adamas.tck.junit;

import dev.adamas.api.Provider;
import dev.adamas.tck.Tck;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * What a plugin must do: every check of its provider and of every component that it offers, with
 * default settings. Extend it with one method:
 *
 * {@snippet :
 * class MyPluginTest extends ProviderContract {
 *   @Override
 *   protected Provider provider() {
 *     return new MyProvider();
 *   }
 * }
 * }
 */
@SuppressWarnings("exports") // whoever runs tests has JUnit; the command line has not
public abstract class ProviderContract {

  /** For subclasses. */
  protected ProviderContract() {}

  /** Makes the provider, a fresh one at each call, as a container does. */
  protected abstract Provider provider();

  /** One test for each component and check, named after both. */
  @TestFactory
  public final Stream<DynamicTest> contract() {
    return Tck.of(this::provider).stream()
        .map(
            item ->
                DynamicTest.dynamicTest(
                    item.component() + ": " + item.check().name(), () -> Run.check(item.check())));
  }
}
