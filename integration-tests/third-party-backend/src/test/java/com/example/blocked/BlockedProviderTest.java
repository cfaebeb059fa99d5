package com.example.blocked;

import dev.adamas.api.Provider;
import dev.adamas.tck.junit.ProviderContract;

class BlockedProviderTest extends ProviderContract {

  @Override
  protected Provider provider() {
    return new BlockedProvider();
  }
}
