package com.example.blocked;

import dev.adamas.api.Quantizer;
import dev.adamas.tck.junit.QuantizerContract;

class Int8Test extends QuantizerContract {

  @Override
  protected Quantizer quantizer() {
    return new Int8();
  }
}
