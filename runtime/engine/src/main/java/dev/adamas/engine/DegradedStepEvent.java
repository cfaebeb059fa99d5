package dev.adamas.engine;

import dev.adamas.api.ComponentSpec;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

@Name("dev.adamas.DegradedStep")
@Label("Degraded Step")
@Category("Adamas")
@Description("A layer threw, and dense attention took its place for this token")
@StackTrace(false)
final class DegradedStepEvent extends Event {

  private static final System.Logger LOG = System.getLogger("dev.adamas.engine");

  @Label("Session")
  long session;

  @Label("Policy")
  String policy = "";

  @Label("Layer")
  int layer;

  @Label("Step")
  long step;

  @Label("Backend")
  String backend = "";

  @Label("Reason")
  String reason = "";

  static void commit(
      Session session, Active active, int layer, ComponentSpec backend, String reason) {
    DegradedStepEvent event = new DegradedStepEvent();
    event.session = session.id();
    event.policy = active.binding().policy().spec().toString();
    event.layer = layer;
    event.step = session.running().steps();
    event.backend = backend.name();
    event.reason = reason;
    event.commit();
    LOG.log(
        System.Logger.Level.WARNING,
        "Session {0} attended densely, because policy {1} threw {2}",
        event.session,
        event.policy,
        reason);
  }
}
