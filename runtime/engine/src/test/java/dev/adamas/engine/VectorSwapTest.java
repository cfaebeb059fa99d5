package dev.adamas.engine;

class VectorSwapTest extends SwapContract {
  VectorSwapTest() {
    super("[cpu-vector, scalar]");
  }
}
