/**
 * The engine: turns configuration into kernels and runs sessions over a paged KV cache.
 *
 * <p>Guice is an automatic module, hence the suppressed lint warning; it names no modules that it
 * needs itself, hence Guava.
 */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
@org.jspecify.annotations.NullMarked
module dev.adamas.engine {
  requires static org.jspecify;
  requires transitive dev.adamas.api;
  requires com.google.common;
  requires com.google.guice;
  requires jakarta.inject;
  requires jdk.jfr;
  requires jdk.management;
  requires tools.jackson.core;
  requires tools.jackson.databind;
  requires tools.jackson.dataformat.yaml;

  uses dev.adamas.api.Provider;

  exports dev.adamas.engine;

  opens dev.adamas.engine to
      com.google.guice;
}
