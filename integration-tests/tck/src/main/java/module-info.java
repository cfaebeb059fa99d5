/**
 * The technology compatibility kit: checks with which the authors of stages, policies and backends
 * prove them right, as plain objects ({@link dev.adamas.tck.Tck}), as JUnit 5 classes to extend
 * ({@link dev.adamas.tck.junit}) and as decorators that watch a component while it works ({@link
 * dev.adamas.tck.Asserting}).
 *
 * <p>JUnit is needed by the package {@code junit} only.
 */
@org.jspecify.annotations.NullMarked
module dev.adamas.tck {
  requires static org.jspecify;
  requires static org.junit.jupiter.api;
  requires transitive dev.adamas.api;
  requires dev.adamas.engine;
  requires dev.adamas.policy;
  requires dev.adamas.baseline;
  requires dev.adamas.backend.scalar;

  exports dev.adamas.tck;
  exports dev.adamas.tck.junit;

  uses dev.adamas.api.Provider;
}
