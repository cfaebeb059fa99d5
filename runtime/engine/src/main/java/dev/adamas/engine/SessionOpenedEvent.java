package dev.adamas.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

@Name("dev.adamas.SessionOpened")
@Label("Session Opened")
@Category("Adamas")
@Description("A sequence was opened, forked or attached")
@StackTrace(false)
final class SessionOpenedEvent extends Event {

  @Label("Policy")
  String policy = "";

  @Label("Layers")
  int layers;

  @Label("Length")
  @Description("Cached tokens that it starts with")
  int length;
}
