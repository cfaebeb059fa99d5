package dev.adamas.eval.stored;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.eval.SampleResult;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class StoredRecordTest {

  private static final SampleResult RESULT =
      new SampleResult(
          "passkey",
          "quest",
          "64",
          1024,
          0,
          1L << 50,
          "p",
          Double.NaN,
          3,
          64,
          1e6,
          2,
          1,
          "m",
          "f",
          new TreeMap<>(Map.of("depth", 0.5)));

  private static final String LINE = JsonMapper.builder().build().writeValueAsString(RESULT);

  @Test
  void readsWhatWasWritten() {
    assertThat(StoredRecord.read(LINE, SampleResult.class)).isEqualTo(RESULT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"task\":\"passkey\", | `` | 'task' is missing",
        "\"passkey\" | null | 'task' is no text",
        "1024 | 1024.5 | 'context' is no whole number",
        "1024 | 1024000000000 | 'context' is no whole number",
        "\"NaN\" | \"much\" | 'score' is no number",
        "\"NaN\" | [] | 'score' is no number",
        "0.5 | null | 'details.depth' is no number",
        "{\"depth\":0.5} | [] | 'details' is no object",
      })
  void saysWhatIsWrong(String part, String replacement, String fault) {
    String broken = LINE.replace(part, replacement);
    assertThat(broken).isNotEqualTo(LINE);
    assertThatThrownBy(() -> StoredRecord.read(broken, SampleResult.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(fault);
  }

  @Test
  void saysWhatIsNoRecordAtAll() {
    for (String broken : new String[] {"", "null", "[]", "{", "3", LINE + LINE}) {
      assertThatThrownBy(() -> StoredRecord.read(broken, SampleResult.class))
          .as(broken)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("it is not one JSON object");
    }
  }
}
