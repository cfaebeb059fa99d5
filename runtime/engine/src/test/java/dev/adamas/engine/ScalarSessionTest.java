package dev.adamas.engine;

/** Sessions on the scalar backend. */
class ScalarSessionTest extends SessionContract {

  ScalarSessionTest() {
    super("scalar");
  }
}
