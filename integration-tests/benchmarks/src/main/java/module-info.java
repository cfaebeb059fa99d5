/** Benchmarks; RESULTS.md beside the sources holds their figures. */
@org.jspecify.annotations.NullMarked
module dev.adamas.it.benchmarks {
  requires static org.jspecify;
  requires dev.adamas.model;

  uses dev.adamas.api.Provider;
}
