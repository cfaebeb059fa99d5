package com.example.blocked;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.tck.junit.PolicyContract;

class SparqPolicyTest extends PolicyContract {

  @Override
  protected AttentionPolicy policy() {
    return Plugin.COMPONENTS.policy("sparq(budget=48,sinks=2)");
  }
}
