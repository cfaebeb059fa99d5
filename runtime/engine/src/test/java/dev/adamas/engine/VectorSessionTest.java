package dev.adamas.engine;

/** Sessions on the vector backend; where the machine has none, on the scalar one again. */
class VectorSessionTest extends SessionContract {

  VectorSessionTest() {
    super("[cpu-vector, scalar]");
  }
}
