package dev.adamas.engine;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.EventType;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** One per layer and kernel call: too many to record without being asked to. */
@Name("dev.adamas.AttentionStep")
@Label("Attention Step")
@Category("Adamas")
@Description("One layer's attention of a batch on one kernel")
@Enabled(false)
@StackTrace(false)
final class AttentionStepEvent extends Event {

  private static final EventType TYPE = EventType.getEventType(AttentionStepEvent.class);

  @Label("Layer")
  int layer;

  @Label("Backend")
  String backend = "";

  @Label("Sequences")
  int slots;

  @Label("Visible Tokens")
  @Description("Tokens attended to, summed over rows and query heads")
  long visibleTokens;

  @Label("KV Read")
  @DataAmount
  long kvBytes;

  @Label("Index Read")
  @DataAmount
  long indexBytes;

  @Label("Index Maintenance")
  @Timespan(Timespan.NANOSECONDS)
  long indexNanos;

  /** Asked before an event is made, so that a step allocates nothing while nobody records. */
  static boolean recorded() {
    return TYPE.isEnabled();
  }
}
