package dev.adamas.engine;

class ScalarSwapTest extends SwapContract {
  ScalarSwapTest() {
    super("scalar");
  }
}
