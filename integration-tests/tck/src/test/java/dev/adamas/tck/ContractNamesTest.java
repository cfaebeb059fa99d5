package dev.adamas.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.adamas.api.Distance;
import dev.adamas.api.Quantizer;
import dev.adamas.api.Selector;
import dev.adamas.api.Transform;
import dev.adamas.tck.junit.BackendContract;
import dev.adamas.tck.junit.DistanceContract;
import dev.adamas.tck.junit.PolicyContract;
import dev.adamas.tck.junit.QuantizerContract;
import dev.adamas.tck.junit.SelectorContract;
import dev.adamas.tck.junit.TransformContract;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every check is a test method of its contract, under the same name. */
class ContractNamesTest {

  private static void same(Class<?> contract, List<Check> checks) {
    assertThat(
            Arrays.stream(contract.getDeclaredMethods())
                .filter(m -> m.isAnnotationPresent(Test.class))
                .map(m -> m.getName()))
        .containsExactlyInAnyOrderElementsOf(
            checks.stream()
                .map(
                    check ->
                        Pattern.compile("-([a-z])")
                            .matcher(check.name())
                            .replaceAll(m -> m.group(1).toUpperCase(java.util.Locale.ROOT)))
                .toList());
    assertThat(checks).extracting(Check::name).doesNotHaveDuplicates();
    assertThat(checks).allSatisfy(check -> assertThat(check.proves()).matches("\\p{Lu}.*\\."));
  }

  @Test
  void contractsHaveAllChecks() {
    Components all = Components.builtIn();
    same(BackendContract.class, BackendChecks.of(() -> all.backend("scalar"), List.of()));
    same(PolicyContract.class, PolicyChecks.of(() -> all.policy("full")));
    same(TransformContract.class, TransformChecks.of(() -> all.get(Transform.class, "identity")));
    same(QuantizerContract.class, QuantizerChecks.of(() -> all.get(Quantizer.class, "rows")));
    same(
        DistanceContract.class,
        DistanceChecks.of(() -> all.get(Distance.class, "manhattan"), List.of()));
    same(SelectorContract.class, SelectorChecks.of(() -> all.get(Selector.class, "top-k")));
  }
}
