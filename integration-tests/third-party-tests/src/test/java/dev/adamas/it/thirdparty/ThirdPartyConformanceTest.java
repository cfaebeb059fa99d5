package dev.adamas.it.thirdparty;

import dev.adamas.conformance.Conformance;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What the README tells a plugin's author to add. */
class ThirdPartyConformanceTest {
  @TestFactory
  Stream<DynamicTest> conforms() {
    return Conformance.of(PluginJars.blocked()).tests();
  }
}
