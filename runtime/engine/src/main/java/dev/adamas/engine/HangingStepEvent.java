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

  @Label("Plugin of the Policy")
  String policyPlugin = "";

  @Label("Layer")
  int layer;

  @Label("Step")
  long step;

  @Label("Backend")
  String backend = "";

  @Label("Plugin of the Backend")
  String backendPlugin = "";

  @Label("Elapsed")
  @Timespan(Timespan.NANOSECONDS)
  long elapsed;

  static void report(Session session, BoundKernel kernel, int layer, long step, long nanos) {
    HangingStepEvent event = new HangingStepEvent();
    event.session = session.id();
    event.policy = session.policy().spec().toString();
    event.policyPlugin = session.engine().plugin(Catalogue.Kind.POLICY, session.policy().spec());
    event.layer = layer;
    event.step = step;
    event.backend = kernel.backendName();
    event.backendPlugin = session.engine().plugin(Catalogue.Kind.BACKEND, kernel.backend());
    event.elapsed = nanos;
    event.commit();
    LOG.log(
        System.Logger.Level.WARNING,
        "Layer {0} of step {1} of session {2} has been attending for {3} ms: policy {4} (plugin"
            + " {5}) on backend {6} (plugin {7}); a step cannot be stopped from outside, so end the process if it does not"
            + " return.",
        layer,
        event.step,
        event.session,
        nanos / 1_000_000,
        event.policy,
        event.policyPlugin,
        event.backend,
        event.backendPlugin);
  }
}
