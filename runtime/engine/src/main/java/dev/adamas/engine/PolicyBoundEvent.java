package dev.adamas.engine;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

@Name("dev.adamas.PolicyBound")
@Label("Policy Bound")
@Category("Adamas")
@Description("Kernels were found for every layer of a policy")
@StackTrace(false)
final class PolicyBoundEvent extends Event {

  @Label("Policy")
  String policy = "";

  @Label("Layers")
  int layers;

  @Label("Kernels")
  @Description("Distinct kernels, those of other sessions included")
  int kernels;
}
