/**
 * The CPU backend on the JDK Vector API.
 *
 * <p>The Vector API is optional here so that this module also resolves, and explains itself, in a
 * JVM that was started without it.
 */
@org.jspecify.annotations.NullMarked
module dev.adamas.backend.vector {
  requires static org.jspecify;
  requires static jdk.incubator.vector;
  requires transitive dev.adamas.api;

  exports dev.adamas.backend.vector;

  provides dev.adamas.api.Provider with
      dev.adamas.backend.vector.VectorProvider;
}
