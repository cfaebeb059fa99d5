/** Evaluation of policies on a model: tasks, metrics, results and their report. */
@org.jspecify.annotations.NullMarked
module dev.adamas.eval {
  requires static org.jspecify;
  requires transitive dev.adamas.model;
  requires com.fasterxml.jackson.annotation;
  requires tools.jackson.databind;

  exports dev.adamas.eval;
  exports dev.adamas.eval.report;
  exports dev.adamas.eval.task;

  // Results are written and read by reflection.
  opens dev.adamas.eval to
      tools.jackson.databind;
  opens dev.adamas.eval.report to
      tools.jackson.databind;
}
