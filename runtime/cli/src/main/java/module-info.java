/** The adamas command. */
@org.jspecify.annotations.NullMarked
module dev.adamas.cli {
  requires static org.jspecify;
  requires dev.adamas.model;
}
