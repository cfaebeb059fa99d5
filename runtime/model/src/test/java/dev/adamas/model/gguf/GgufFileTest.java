package dev.adamas.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufFileTest {
  private static final byte[] PAYLOAD = new byte[64];

  static {
    for (int i = 0; i < PAYLOAD.length; i++) {
      PAYLOAD[i] = (byte) i;
    }
  }

  @Test
  void readsEveryKindOfValue() {
    GgufWriter writer =
        new GgufWriter()
            .raw("u8", 0, new byte[] {(byte) 200})
            .raw("i8", 1, new byte[] {(byte) 200})
            .raw("u16", 2, new byte[] {(byte) 0xff, (byte) 0xff})
            .raw("i16", 3, new byte[] {(byte) 0xff, (byte) 0xff})
            .uint32("u32", -1)
            .raw("i32", 5, GgufWriter.int32(-1))
            .raw("f32", 6, GgufWriter.int32(Float.floatToIntBits(1.5f)))
            .bool("yes", true)
            .string("text", "naïve 🚀")
            .raw("u64", 10, GgufWriter.int64(1L << 40))
            .raw("u64-huge", 10, GgufWriter.int64(-1))
            .raw("i64", 11, GgufWriter.int64(-5))
            .raw("f64", 12, GgufWriter.int64(Double.doubleToLongBits(0.1)))
            .strings("strings", List.of("a", "", "ç"))
            .ints("ints", 1, -2, 3)
            .floats("floats", 0.5f, -1f);
    GgufMetadata metadata = writer.open().metadata();
    assertThat(metadata.integer("u8")).hasValue(200);
    assertThat(metadata.integer("i8")).hasValue(-56);
    assertThat(metadata.integer("u16")).hasValue(65535);
    assertThat(metadata.integer("i16")).hasValue(-1);
    assertThat(metadata.integer("u32")).hasValue(0xffff_ffffL);
    assertThat(metadata.integer("i32")).hasValue(-1);
    assertThat(metadata.number("f32")).hasValue(1.5);
    assertThat(metadata.bool("yes")).contains(true);
    assertThat(metadata.string("text")).contains("naïve 🚀");
    assertThat(metadata.integer("u64")).hasValue(1L << 40);
    assertThat(metadata.integer("i64")).hasValue(-5);
    assertThat(metadata.number("i64")).hasValue(-5);
    assertThat(metadata.number("f64")).hasValue(0.1);
    assertThat(metadata.requireArray("strings").strings())
        .toIterable()
        .containsExactly("a", "", "ç");
    assertThat(metadata.requireArray("ints").integers()).containsExactly(1, -2, 3);
    assertThat(metadata.requireArray("floats").floats()).containsExactly(0.5f, -1f);
    assertThat(metadata.type("floats")).contains(GgufType.ARRAY);
    assertThat(metadata.keys()).startsWith("u8", "i8").hasSize(16);

    assertThat(metadata.string("none")).isEmpty();
    assertThat(metadata.integer("none")).isEmpty();
    assertThat(metadata.number("none")).isEmpty();
    assertThat(metadata.bool("none")).isEmpty();
    assertThat(metadata.array("none")).isEmpty();
    assertError(() -> metadata.requireString("none"), "'none' (string) is missing");
    assertError(() -> metadata.requireInteger("none"), "'none' (integer) is missing");
    assertError(() -> metadata.requireNumber("none"), "'none' (number) is missing");
    assertError(() -> metadata.requireArray("none"), "'none' (array) is missing");
    assertError(() -> metadata.integer("text"), "'text' is of type string where integer is needed");
    assertError(() -> metadata.string("u8"), "'u8' is of type uint8 where string is needed");
    assertError(() -> metadata.bool("u8"), "'u8' is of type uint8 where bool is needed");
    assertError(() -> metadata.number("text"), "'text' is of type string where number is needed");
    assertError(() -> metadata.array("f32"), "'f32' is of type float32 where array is needed");
    assertError(() -> metadata.integer("u64-huge"), "18446744073709551615, too large");
    assertError(
        () -> metadata.requireArray("ints").floats(), "'ints' is an array of int32 where single");
    assertError(() -> metadata.requireArray("ints").strings(), "'ints' is an array of int32");
    assertError(() -> metadata.requireArray("floats").integers(), "'floats' is an array of");
  }

  @Test
  void readsStringsAcrossTheWindowsOfTheReader() {
    String longText = "é".repeat(50_000);
    List<String> strings = new java.util.ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      strings.add("token " + i);
    }
    strings.add(7, longText);
    GgufMetadata metadata =
        new GgufWriter().strings("t", strings).string("after", longText).open().metadata();
    assertThat(metadata.requireArray("t").strings())
        .toIterable()
        .containsExactlyElementsOf(strings);
    assertThat(metadata.requireString("after")).isEqualTo(longText);
  }

  @Test
  void readsTensorsOfBothVersions() {
    for (int version : new int[] {2, 3}) {
      GgufFile file =
          new GgufWriter()
              .version(version)
              .alignment(64)
              .tensor("a", 0, PAYLOAD, 4, 2, 2)
              .tensor("b", 8, new byte[34 * 4], 64, 2)
              .open();
      assertThat(file.version()).isEqualTo(version);
      assertThat(file.tensors()).extracting(GgufTensor::name).containsExactly("a", "b");
      GgufTensor a = file.tensor("a").orElseThrow();
      assertThat(a.type()).isEqualTo(TensorType.F32);
      assertThat(a.columns()).isEqualTo(4);
      assertThat(a.rows()).isEqualTo(4);
      assertThat(a.values()).isEqualTo(16);
      assertThat(a.shape()).isEqualTo("4 × 2 × 2");
      assertThat(a.data().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(PAYLOAD);
      assertThat(a.data().isReadOnly()).isTrue();
      assertThat(file.tensor("b").orElseThrow().data().byteSize()).isEqualTo(34 * 4);
      assertThat(file.tensor("c")).isEmpty();
    }
  }

  @Test
  void mapsFilesAndUnmapsThem(@TempDir Path folder) throws Exception {
    Path path = folder.resolve("model.gguf");
    Files.write(path, new GgufWriter().tensor("a", 0, PAYLOAD, 16).bytes());
    MemorySegment data;
    GgufFile file = GgufFile.open(path);
    try (file) {
      data = file.tensor("a").orElseThrow().data();
      assertThat(data.get(ValueLayout.JAVA_BYTE, 5)).isEqualTo((byte) 5);
      assertThat(file.name()).isEqualTo(path.toString());
      assertThat(file.byteSize()).isEqualTo(Files.size(path));
      assertThat(file.toString()).contains("1 tensors");
    }
    assertThatThrownBy(() -> data.get(ValueLayout.JAVA_BYTE, 5))
        .isInstanceOf(IllegalStateException.class);
    file.close();

    Path empty = Files.createFile(folder.resolve("empty.gguf"));
    assertError(() -> GgufFile.open(folder), "is a folder");
    assertError(() -> GgufFile.open(folder.resolve("none.gguf")), "does not exist");
    assertError(() -> GgufFile.open(empty), "begins with nothing");
  }

  @Test
  void saysWhatIsWrongWithAFile() {
    assertError(() -> new GgufWriter().magic("\u0000PK!").open(), "no GGUF file", "00 50 4b 21");
    assertError(() -> new GgufWriter().version(1).open(), "GGUF version 1");
    assertError(() -> new GgufWriter().version(4).open(), "GGUF version 4");
    assertError(() -> new GgufWriter().version(0x03000000).open(), "big-endian", "version 3");
    assertError(() -> new GgufWriter().moreKeys(1 << 20).open(), "1048576 metadata keys");
    assertError(() -> new GgufWriter().moreKeys(-1).open(), "18446744073709551615 metadata keys");
    assertError(() -> new GgufWriter().moreTensors(Long.MAX_VALUE).open(), "tensors");
    assertError(() -> new GgufWriter().string("", "x").open(), "name of 0 bytes");
    assertError(() -> new GgufWriter().raw("k", 13, new byte[9]).open(), "'k' has value type 13");
    assertError(() -> new GgufWriter().raw("k", 7, new byte[] {2}).open(), "'k'", "truth value 2");
    assertError(() -> new GgufWriter().uint32("k", 1).uint32("k", 2).open(), "'k' occurs twice");
    assertError(
        () -> new GgufWriter().raw("k", 8, GgufWriter.int64(1L << 50)).open(),
        "'k' has a string of 1125899906842624 bytes");
    assertError(
        () -> new GgufWriter().raw("evil\u001b[2J\nname", 99, new byte[8]).open(),
        "'evil\\u001b[2J\\u000aname'");
  }

  @Test
  void boundsArrays() {
    assertError(() -> new GgufWriter().raw("k", 9, array(0, 1L << 40)).open(), "1099511627776");
    assertError(() -> new GgufWriter().raw("k", 9, array(12, -1)).open(), "18446744073709551615");
    assertError(() -> new GgufWriter().raw("k", 9, array(8, 1 << 20)).open(), "type string");
    assertError(() -> new GgufWriter().raw("k", 9, array(14, 0)).open(), "value type 14");
    byte[] nested = array(5, 0);
    for (int depth = 0; depth < 3; depth++) {
      nested = ByteBuffer.allocate(12 + nested.length).put(array(9, 1)).put(nested).array();
    }
    byte[] deep = nested;
    assertThat(new GgufWriter().raw("k", 9, deep).open().metadata().keys()).containsExactly("k");
    byte[] deeper = ByteBuffer.allocate(12 + deep.length).put(array(9, 1)).put(deep).array();
    assertError(() -> new GgufWriter().raw("k", 9, deeper).open(), "nests arrays");
  }

  private static byte[] array(int elementType, long count) {
    return ByteBuffer.allocate(12)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(elementType)
        .putLong(count)
        .array();
  }

  @Test
  void boundsTensors() {
    assertError(() -> new GgufWriter().tensor("t", 0, PAYLOAD).open(), "'t' has 0 dimensions");
    assertError(
        () -> new GgufWriter().tensor("t", 0, PAYLOAD, 1, 1, 1, 1, 1).open(),
        "'t' has 5 dimensions");
    assertError(
        () -> new GgufWriter().tensor("t", 0, PAYLOAD, 4, 0).open(), "dimension 1 of length 0");
    assertError(
        () -> new GgufWriter().tensor("t", 0, PAYLOAD, 1L << 40, 1L << 40).open(),
        "dimension 1 of length 1099511627776");
    assertError(
        () -> new GgufWriter().tensor("t", 0, PAYLOAD, 1L << 62).open(), "'t' needs more than the");
    assertError(
        () -> new GgufWriter().tensor("t", 4, PAYLOAD, 4).open(), "'t' has type number 4", "Q4_K");
    assertError(
        () -> new GgufWriter().tensor("t", -1, PAYLOAD, 4).open(), "type number 4294967295");
    assertError(
        () -> new GgufWriter().tensor("t", 8, PAYLOAD, 33).open(), "rows of 33 values", "Q8_0");
    assertError(() -> new GgufWriter().tensor("t", 0, PAYLOAD, 17).open(), "'t' needs 68 bytes");
    assertError(
        () -> new GgufWriter().tensor("a", 0, PAYLOAD, 16).tensorAt("t", 0, 3, 4).open(),
        "offset 3, which is no multiple of 32");
    assertError(
        () -> new GgufWriter().tensor("a", 0, PAYLOAD, 16).tensorAt("t", 0, -32, 4).open(),
        "'t' begins at offset 18446744073709551584");
    assertError(
        () -> new GgufWriter().tensor("a", 0, PAYLOAD, 16).tensorAt("t", 0, 1L << 50, 4).open(),
        "'t' needs 16 bytes");
    assertError(
        () -> new GgufWriter().tensor("a", 0, PAYLOAD, 16).tensorAt("t", 0, 32, 4).open(),
        "'a' and 't' overlap");
    assertError(
        () -> new GgufWriter().tensor("a", 0, PAYLOAD, 16).tensor("a", 0, PAYLOAD, 4).open(),
        "tensor 'a' occurs twice");
    for (int alignment : new int[] {0, 3, -32, 1 << 21}) {
      assertError(
          () -> new GgufWriter().uint32("general.alignment", alignment).open(),
          "'general.alignment'",
          "power of two");
    }
    assertError(
        () -> new GgufWriter().string("general.alignment", "x").open(), "'general.alignment'");
  }

  private static void assertError(Runnable action, String... parts) {
    assertThatThrownBy(action::run)
        .isInstanceOf(GgufException.class)
        .message()
        .contains(parts)
        .doesNotContain("\n");
  }
}
