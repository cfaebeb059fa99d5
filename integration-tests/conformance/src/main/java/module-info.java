/** Architecture rules that a plugin's author applies to the jar: dependencies, state, metadata. */
@SuppressWarnings("requires-automatic") // ArchUnit is no module yet
@org.jspecify.annotations.NullMarked
module dev.adamas.conformance {
  requires static org.jspecify;
  requires transitive org.junit.jupiter.api;
  requires dev.adamas.api;
  requires com.tngtech.archunit;

  exports dev.adamas.conformance;
}
