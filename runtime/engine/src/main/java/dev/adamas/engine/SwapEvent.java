package dev.adamas.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("dev.adamas.Swap")
@Label("Swap")
@Category("Adamas")
@Description("A swap has ended")
@StackTrace(false)
final class SwapEvent extends Event {

  @Label("Swap")
  long swap;

  @Label("Policy")
  String policy = "";

  @Label("Outcome")
  String outcome = "";

  @Label("State")
  @Description("What it did last")
  String state = "";

  @Label("Reason")
  String reason = "";

  @Label("Sessions")
  int sessions;

  @Label("Time")
  @Timespan(Timespan.NANOSECONDS)
  long time;
}
