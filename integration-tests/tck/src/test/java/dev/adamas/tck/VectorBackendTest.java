package dev.adamas.tck;

import dev.adamas.api.ComputeBackend;
import dev.adamas.tck.junit.BackendContract;

class VectorBackendTest extends BackendContract {

  @Override
  protected ComputeBackend backend() {
    return Vector.backend();
  }
}
