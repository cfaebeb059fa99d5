/** The scalar backend: plain Java, stage by stage; the oracle of the others. */
@org.jspecify.annotations.NullMarked
module dev.adamas.backend.scalar {
  requires static org.jspecify;
  requires dev.adamas.api;
}
