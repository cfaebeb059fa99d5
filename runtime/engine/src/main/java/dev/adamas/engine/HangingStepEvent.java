package dev.adamas.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("dev.adamas.HangingStep")
@Label("Hanging Step")
@Category("Adamas")
@Description("A layer takes longer than the watchdog allows")
@StackTrace(false)
final class HangingStepEvent extends Event {

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

  @Label("Elapsed")
  @Timespan(Timespan.NANOSECONDS)
  long elapsed;

  static void report(Session session, BoundKernel kernel, int layer, long nanos) {
    HangingStepEvent event = new HangingStepEvent();
    event.session = session.id();
    event.policy = session.policy().spec().toString();
    event.layer = layer;
    event.step = session.running().steps();
    event.backend = kernel.backend().name();
    event.elapsed = nanos;
    event.commit();
    LOG.log(
        System.Logger.Level.WARNING,
        "Layer {0} of step {1} of session {2} has been attending for {3} ms: policy {4} on backend {5}; a"
            + " step cannot be stopped from outside, so end the process if it does not return.",
        layer,
        event.step,
        event.session,
        nanos / 1_000_000,
        event.policy,
        event.backend);
  }
}
