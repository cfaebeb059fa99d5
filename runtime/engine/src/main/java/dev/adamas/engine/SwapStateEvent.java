package dev.adamas.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

@Name("dev.adamas.SwapState")
@Label("Swap State")
@Category("Adamas")
@Description("A swap has done what one of its states does")
@StackTrace(false)
final class SwapStateEvent extends Event {

  @Label("Swap")
  long swap;

  @Label("Policy")
  String policy = "";

  @Label("State")
  String state = "";

  @Label("Time")
  @Timespan(Timespan.NANOSECONDS)
  long time;
}
