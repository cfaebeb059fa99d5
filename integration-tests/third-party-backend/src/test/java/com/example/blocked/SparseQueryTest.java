package com.example.blocked;

import dev.adamas.api.Distance;
import dev.adamas.api.Quantizer;
import dev.adamas.tck.junit.DistanceContract;
import java.util.List;

class SparseQueryTest extends DistanceContract {

  @Override
  protected Distance distance() {
    return new SparseQuery(24);
  }

  @Override
  protected List<Quantizer> quantizers() {
    return List.of(new Int8());
  }
}
