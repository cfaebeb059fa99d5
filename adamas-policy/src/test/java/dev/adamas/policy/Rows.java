package dev.adamas.policy;

import dev.adamas.it.fixtures.Components;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;

/** Segments of rows, and the stages under test. */
final class Rows {

  static final Components STAGES = Components.of(new AdamasProvider());

  private Rows() {}

  /** A heap or a native segment that starts at an odd byte: stages take both. */
  static MemorySegment segment(Random random, long bytes) {
    return random.nextBoolean()
        ? MemorySegment.ofArray(new byte[(int) bytes + 1]).asSlice(1)
        : Arena.ofAuto().allocate(bytes + 1).asSlice(1);
  }

  static MemorySegment segment(Random random, float[]... rows) {
    MemorySegment segment = segment(random, (long) rows.length * rows[0].length * Float.BYTES);
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < rows[0].length; j++) {
        segment.set(Buffers.FLOAT, ((long) i * rows[0].length + j) * Float.BYTES, rows[i][j]);
      }
    }
    return segment;
  }

  static float[] floats(MemorySegment segment, int from, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = segment.get(Buffers.FLOAT, (long) (from + i) * Float.BYTES);
    }
    return values;
  }
}
