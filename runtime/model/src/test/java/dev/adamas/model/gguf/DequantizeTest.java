package dev.adamas.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.adamas.model.SharedFiles;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class DequantizeTest {
  @Test
  void decodesTheReferenceBlocksBitForBit() {
    JsonNode types = SharedFiles.requireJson("golden/quantised-blocks.json");
    assertThat(types.size()).isGreaterThan(10);
    for (Map.Entry<String, JsonNode> entry : types.properties()) {
      TensorType type = TensorType.valueOf(entry.getKey());
      JsonNode node = entry.getValue();
      if (node.has("blocks")) {
        assertThat(node.get("valuesPerBlock").asInt()).isEqualTo(type.valuesPerBlock());
        assertThat(node.get("bytesPerBlock").asInt()).isEqualTo(type.bytesPerBlock());
        node.get("blocks").forEach(block -> checkBlock(type, block));
      } else {
        checkBlock(type, node);
      }
    }
  }

  private static void checkBlock(TensorType type, JsonNode block) {
    byte[] bytes = HexFormat.of().parseHex(block.get("hex").asString());
    float[] actual = new float[block.get("values").size()];
    type.decode(MemorySegment.ofArray(bytes), 0, actual, 0, actual.length);
    for (int i = 0; i < actual.length; i++) {
      float expected = (float) block.get("values").get(i).asDouble();
      assertThat(Float.floatToIntBits(actual[i]))
          .as("%s value %d of %s: %s, not %s", type, i, block.get("hex"), actual[i], expected)
          .isEqualTo(Float.floatToIntBits(expected));
    }
  }

  @Test
  void decodesEveryHalfAndBrainFloat() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(2L << 16);
      for (int i = 0; i < 1 << 16; i++) {
        bytes.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) i);
      }
      float[] half = new float[1 << 16];
      float[] brain = new float[1 << 16];
      TensorType.F16.decode(bytes, 0, half, 0, half.length);
      TensorType.BF16.decode(bytes, 0, brain, 0, brain.length);
      for (int i = 0; i < 1 << 16; i++) {
        int exponent = i >> 10 & 31;
        int fraction = i & 1023;
        double magnitude =
            exponent == 31
                ? fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN
                : exponent == 0
                    ? fraction * 0x1p-24
                    : (1024 + fraction) * Math.scalb(1.0, exponent - 25);
        assertThat(Float.floatToIntBits(half[i]))
            .isEqualTo(Float.floatToIntBits((float) ((i & 0x8000) == 0 ? magnitude : -magnitude)));
        assertThat(Float.floatToRawIntBits(brain[i]) >>> 16).isEqualTo(i);
      }
    }
  }

  /** Values worked out by hand, so that every layout is checked where no reference is at hand. */
  @Test
  void decodesHandMadeBlocks() {
    // Scale 1 (half 0x3c00), first quant byte 0x2f: low nibble 15 is value 0, high nibble 2 is
    // value 16.
    byte[] q4 = new byte[18];
    q4[1] = 0x3c;
    q4[2] = 0x2f;
    float[] out = new float[32];
    TensorType.Q4_0.decode(MemorySegment.ofArray(q4), 0, out, 0, 32);
    assertThat(List.of(out[0], out[16], out[1])).containsExactly(7f, -6f, -8f);

    // Q6_K: scale 1, sub-block scale 2, all bits of value 0 set: (63 - 32) * 2.
    byte[] q6 = new byte[210];
    q6[209] = 0x3c;
    q6[192] = 2;
    q6[0] = 0x0f;
    q6[128] = 3;
    float[] wide = new float[256];
    TensorType.Q6_K.decode(MemorySegment.ofArray(q6), 0, wide, 0, 256);
    assertThat(wide[0]).isEqualTo(62f);
    assertThat(wide[1]).isEqualTo(-64f);
    assertThat(wide[32]).isZero();
  }

  @Test
  void writesOnlyWhereAskedAndFromAnyAlignment() {
    byte[] bytes = new byte[3 + 2 * 34];
    bytes[3 + 1] = 0x3c;
    bytes[3 + 2] = -5;
    bytes[3 + 34 + 1] = 0x40;
    bytes[3 + 34 + 33] = 7;
    float[] out = new float[70];
    java.util.Arrays.fill(out, 99f);
    TensorType.Q8_0.decode(MemorySegment.ofArray(bytes), 3, out, 2, 64);
    assertThat(out[1]).isEqualTo(99f);
    assertThat(out[2]).isEqualTo(-5f);
    assertThat(out[65]).isEqualTo(14f);
    assertThat(out[66]).isEqualTo(99f);
  }

  @Test
  void refusesWhatItCannotDo() {
    float[] out = new float[512];
    MemorySegment bytes = MemorySegment.ofArray(new byte[66]);
    assertThatThrownBy(() -> TensorType.IQ2_XXS.decode(bytes, 0, out, 0, 256))
        .isInstanceOf(GgufException.class)
        .hasMessageContaining("IQ2_XXS cannot be decoded")
        .hasMessageContaining("Q4_K");
    assertThatThrownBy(() -> TensorType.Q8_0.decode(bytes, 0, out, 0, 33))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("multiple of 32");
    assertThatThrownBy(() -> TensorType.Q8_0.decode(bytes, 0, out, 0, 64))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> TensorType.Q8_0.decode(bytes, 0, out, 500, 32))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> TensorType.Q8_0.bytes(Long.MAX_VALUE / 32 * 32))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void numbersAreThoseOfTheFormat() {
    assertThat(TensorType.of(8)).contains(TensorType.Q8_0);
    assertThat(TensorType.of(30)).contains(TensorType.BF16);
    assertThat(TensorType.of(4)).isEmpty();
    assertThat(TensorType.of(-1)).isEmpty();
    assertThat(TensorType.of(1000)).isEmpty();
    assertThat(TensorType.Q4_K.bytes(512)).isEqualTo(288);
  }
}
