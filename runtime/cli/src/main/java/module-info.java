/** The adamas command. */
@org.jspecify.annotations.NullMarked
module dev.adamas.cli {
  requires static org.jspecify;
  requires dev.adamas.eval;
  requires dev.adamas.osgi;
  requires dev.adamas.tck;
  requires com.fasterxml.jackson.annotation;
  requires info.picocli;
  requires tools.jackson.databind;

  // Options are set, and results read, by reflection.
  opens dev.adamas.cli to
      info.picocli,
      tools.jackson.databind;
}
