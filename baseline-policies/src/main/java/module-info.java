/** The policies that Adamas is compared with: full, streaming-llm, quest, oracle. */
@org.jspecify.annotations.NullMarked
module dev.adamas.baseline {
  requires static org.jspecify;
  requires transitive dev.adamas.api;

  exports dev.adamas.baseline;

  provides dev.adamas.api.Provider with
      dev.adamas.baseline.BaselineProvider;
}
