package dev.adamas.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

@Name("dev.adamas.BackendFallback")
@Label("Backend Fallback")
@Category("Adamas")
@Description("A backend of the configuration does not run a plan, a later one does")
@StackTrace(false)
final class BackendFallbackEvent extends Event {

  @Label("Plan")
  String plan = "";

  @Label("Chosen Backend")
  String chosen = "";

  @Label("Reason")
  String reason = "";
}
