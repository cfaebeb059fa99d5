package dev.adamas.tck;

import dev.adamas.api.Distance;
import dev.adamas.api.Provider;
import dev.adamas.api.Quantizer;
import dev.adamas.backend.scalar.ScalarProvider;
import dev.adamas.baseline.BaselineProvider;
import dev.adamas.policy.AdamasProvider;
import dev.adamas.tck.junit.DistanceContract;
import dev.adamas.tck.junit.ProviderContract;
import dev.adamas.tck.junit.QuantizerContract;
import org.junit.jupiter.api.Nested;

/** Everything that Adamas ships keeps its own contracts; cpu-vector has a class of its own. */
class ShippedTest {

  @Nested
  class Policies extends ProviderContract {
    @Override
    protected Provider provider() {
      return new AdamasProvider();
    }
  }

  @Nested
  class Baselines extends ProviderContract {
    @Override
    protected Provider provider() {
      return new BaselineProvider();
    }
  }

  @Nested
  class Scalar extends ProviderContract {
    @Override
    protected Provider provider() {
      return new ScalarProvider();
    }
  }

  abstract static class Bucket extends QuantizerContract {
    private final String settings;

    Bucket(String settings) {
      this.settings = settings;
    }

    @Override
    protected Quantizer quantizer() {
      return Components.builtIn().get(Quantizer.class, "bucket(" + settings + ")");
    }
  }

  @Nested
  class OneBit extends Bucket {
    OneBit() {
      super("bits=1,scale=debias");
    }
  }

  @Nested
  class ThreeBits extends Bucket {
    ThreeBits() {
      super("bits=3,scale=norm");
    }
  }

  @Nested
  class Quartiles extends Bucket {
    Quartiles() {
      super("thresholds=quartile");
    }
  }

  @Nested
  class Centred extends Bucket {
    Centred() {
      super("center=true,scale=debias");
    }
  }

  abstract static class Asymmetric extends DistanceContract {
    private final String query;

    Asymmetric(String query) {
      this.query = query;
    }

    @Override
    protected Distance distance() {
      return Components.builtIn().get(Distance.class, "asymmetric(query=" + query + ")");
    }
  }

  @Nested
  class FloatQuery extends Asymmetric {
    FloatQuery() {
      super("float");
    }
  }

  @Nested
  class ByteQuery extends Asymmetric {
    ByteQuery() {
      super("int8");
    }
  }
}
