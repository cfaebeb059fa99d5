package com.example.interleaved;

import dev.adamas.api.Provider;
import dev.adamas.tck.junit.ProviderContract;

class InterleavedContractTest extends ProviderContract {

  @Override
  protected Provider provider() {
    return new InterleavedProvider();
  }
}
