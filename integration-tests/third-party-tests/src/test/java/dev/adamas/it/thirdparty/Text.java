package dev.adamas.it.thirdparty;

import dev.adamas.api.StepProbe;
import dev.adamas.engine.Session;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A text that is being written through a session, and what each of its steps did. */
final class Text implements Writer.Attention {

  /**
   * One decoded token.
   *
   * @param token what was written
   * @param policy the spec of the policy that attended
   * @param selecting by layer, whether it saw only some tokens
   */
  record Step(int token, String policy, List<Boolean> selecting) {}

  private final Writer writer;
  private final Session session;
  private final List<Step> steps = new ArrayList<>();
  private final boolean[] selecting = new boolean[Writer.SHAPE.layers()];
  private int last;

  /** Reads the prompt. */
  Text(Writer writer, Session session, List<Integer> prompt) {
    this.writer = writer;
    this.session = session;
    last = writer.next(this, prompt);
    session.endPrefill();
  }

  private Text(Writer writer, Session session, int last) {
    this.writer = writer;
    this.session = session;
    this.last = last;
  }

  /** The same text in another session that holds it already. */
  Text in(Session other) {
    return new Text(writer, other, last);
  }

  Session session() {
    return session;
  }

  List<Step> steps() {
    return steps;
  }

  List<Integer> tokens() {
    return steps.stream().map(Step::token).toList();
  }

  /** Writes one token. */
  void step() {
    Arrays.fill(selecting, false);
    last = writer.next(this, List.of(last));
    List<Boolean> layers = new ArrayList<>();
    for (boolean layer : selecting) {
      layers.add(layer);
    }
    steps.add(new Step(last, session.policy().spec().toString(), List.copyOf(layers)));
  }

  /** Writes some tokens. */
  void steps(int tokens) {
    for (int i = 0; i < tokens; i++) {
      step();
    }
  }

  @Override
  public int length() {
    return session.length();
  }

  @Override
  public float[] attend(int layer, int rows, float[] query, float[] keys, float[] values) {
    float[] output = new float[query.length];
    session.append(layer, MemorySegment.ofArray(keys), MemorySegment.ofArray(values), rows);
    AtomicInteger selections = new AtomicInteger();
    session.attend(
        layer,
        rows,
        MemorySegment.ofArray(query),
        MemorySegment.ofArray(output),
        new StepProbe() {
          @Override
          public boolean wantsSelection() {
            return true;
          }

          @Override
          public void selected(int slot, int row, int head, MemorySegment positions, int count) {
            selections.incrementAndGet();
          }

          @Override
          public void read(int slot, long visibleTokens, long kvBytes, long indexBytes) {}
        });
    selecting[layer] = selections.get() > 0;
    return output;
  }
}
