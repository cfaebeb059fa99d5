package dev.adamas.tck;

import dev.adamas.api.ComputeBackend;
import dev.adamas.backend.vector.VectorProvider;
import dev.adamas.tck.junit.BackendContract;
import java.util.List;

class VectorBackendTest extends BackendContract {

  @Override
  protected ComputeBackend backend() {
    return Components.builtIn().with(List.of(new VectorProvider())).backend("cpu-vector");
  }
}
