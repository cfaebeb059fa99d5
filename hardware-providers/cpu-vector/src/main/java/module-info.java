/** The CPU backend on the JDK Vector API. */
@org.jspecify.annotations.NullMarked
module dev.adamas.backend.vector {
  requires static org.jspecify;
  requires dev.adamas.api;
  requires jdk.incubator.vector;
}
