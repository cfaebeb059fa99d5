package dev.adamas.tck;

import dev.adamas.api.ComputeBackend;
import dev.adamas.tck.junit.BackendContract;

class ScalarBackendTest extends BackendContract {

  @Override
  protected ComputeBackend backend() {
    return Components.builtIn().backend("scalar");
  }
}
