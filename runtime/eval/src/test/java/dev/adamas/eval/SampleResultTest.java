package dev.adamas.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class SampleResultTest {

  @Test
  void survivesJson() {
    SampleResult result =
        new SampleResult(
            "passkey",
            "adamas",
            "64",
            8192,
            3,
            7,
            "p",
            0.1 + 0.2,
            5,
            64,
            1e7,
            2.5,
            1.5,
            "m",
            "f",
            new TreeMap<>(Map.of("depth", 0.3)));
    JsonMapper mapper = JsonMapper.builder().build();
    assertThat(mapper.readValue(mapper.writeValueAsString(result), SampleResult.class))
        .isEqualTo(result);
  }
}
