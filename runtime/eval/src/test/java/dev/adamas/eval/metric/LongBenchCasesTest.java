package dev.adamas.eval.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Cases that another implementation scored; the file says how they were made. */
class LongBenchCasesTest {

  /** A scored pair of texts. */
  record Case(
      String metric, String prediction, String expected, List<String> classes, double score) {

    double scored() {
      return switch (metric) {
        case "f1" -> TokenF1.score(prediction, expected);
        case "rouge-l" -> RougeL.score(prediction, expected);
        case "classification" -> Classification.score(prediction, expected, classes);
        case "count" -> NumberShare.count(prediction, expected);
        case "retrieval" -> NumberShare.retrieval(prediction, expected);
        case "code" -> EditSimilarity.score(prediction, expected);
        default -> throw new IllegalArgumentException(metric);
      };
    }
  }

  @Test
  void scoresWhatAnotherImplementationScores() throws IOException {
    List<Case> cases;
    try (InputStream in =
        Objects.requireNonNull(
            LongBenchCasesTest.class.getResourceAsStream("longbench-cases.json"))) {
      JsonNode file = JsonMapper.shared().readTree(in);
      cases = file.get("cases").valueStream().map(LongBenchCasesTest::read).toList();
    }
    assertThat(cases.stream().collect(Collectors.groupingBy(Case::metric)))
        .containsOnlyKeys("f1", "rouge-l", "classification", "count", "retrieval", "code");
    assertThat(cases)
        .allSatisfy(c -> assertThat(c.scored()).as("%s", c).isCloseTo(c.score(), within(1e-9)));
  }

  private static Case read(JsonNode c) {
    return new Case(
        c.get("metric").asString(),
        c.get("prediction").asString(),
        c.get("expected").asString(),
        c.get("classes").valueStream().map(JsonNode::asString).toList(),
        c.get("score").doubleValue());
  }
}
