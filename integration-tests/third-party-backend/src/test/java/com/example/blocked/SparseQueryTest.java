package com.example.blocked;

import dev.adamas.api.Distance;
import dev.adamas.api.Quantizer;
import dev.adamas.tck.junit.DistanceContract;

class SparseQueryTest extends DistanceContract {

  @Override
  protected Distance distance() {
    return new SparseQuery(24);
  }

  @Override
  protected Quantizer quantizer() {
    return new Int8();
  }
}
