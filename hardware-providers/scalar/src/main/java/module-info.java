/** The scalar backend: plain Java, stage by stage; the oracle of the others. */
@org.jspecify.annotations.NullMarked
module dev.adamas.backend.scalar {
  requires static org.jspecify;
  requires transitive dev.adamas.api;

  exports dev.adamas.backend.scalar;

  provides dev.adamas.api.Provider with
      dev.adamas.backend.scalar.ScalarProvider;
}
