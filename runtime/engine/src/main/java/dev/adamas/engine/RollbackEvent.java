package dev.adamas.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

@Name("dev.adamas.Rollback")
@Label("Rollback")
@Category("Adamas")
@Description("A session went back to another policy")
@StackTrace(false)
final class RollbackEvent extends Event {

  private static final System.Logger LOG = System.getLogger("dev.adamas.engine");

  @Label("Session")
  long session;

  @Label("Left")
  String left = "";

  @Label("Policy")
  String policy = "";

  @Label("Step")
  long step;

  @Label("Reason")
  String reason = "";

  static void commit(Session session, Active left, Active now, String reason) {
    RollbackEvent event = new RollbackEvent();
    event.session = session.id();
    event.left = left.binding().policy().spec().toString();
    event.policy = now.binding().policy().spec().toString();
    event.step = session.running().steps();
    event.reason = reason;
    event.commit();
    LOG.log(
        System.Logger.Level.WARNING,
        "Session {0} went back to policy {1}: {2}.",
        event.session,
        event.policy,
        reason);
  }
}
