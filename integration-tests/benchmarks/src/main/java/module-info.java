/** Benchmarks; RESULTS.md beside the sources holds their figures. */
@SuppressWarnings("requires-automatic")
@org.jspecify.annotations.NullMarked
module dev.adamas.it.benchmarks {
  requires static org.jspecify;
  requires dev.adamas.model;
  requires jdk.jfr;
  requires jmh.core;

  uses dev.adamas.api.Provider;
}
