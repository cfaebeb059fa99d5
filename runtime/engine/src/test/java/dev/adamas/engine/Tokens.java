package dev.adamas.engine;

import dev.adamas.api.ModelShape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Keys, values and queries of some tokens at every layer, and a host that feeds them. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Tokens(ModelShape shape, int count, float[][] keys, float[][] values, float[][] queries) {

  static Tokens random(Randomness random, ModelShape shape, int count) {
    int layers = shape.layers();
    Tokens tokens =
        new Tokens(shape, count, new float[layers][], new float[layers][], new float[layers][]);
    for (int layer = 0; layer < layers; layer++) {
      tokens.keys[layer] = random.gaussians(count * shape.kvHeads() * shape.headDim());
      tokens.values[layer] = random.gaussians(count * shape.kvHeads() * shape.headDim());
      tokens.queries[layer] = random.gaussians(count * shape.queryHeads() * shape.headDim());
    }
    return tokens;
  }

  Tokens slice(int from, int to) {
    int layers = shape.layers();
    int kv = shape.kvHeads() * shape.headDim();
    int query = shape.queryHeads() * shape.headDim();
    Tokens slice =
        new Tokens(shape, to - from, new float[layers][], new float[layers][], new float[layers][]);
    for (int layer = 0; layer < layers; layer++) {
      slice.keys[layer] = Arrays.copyOfRange(keys[layer], from * kv, to * kv);
      slice.values[layer] = Arrays.copyOfRange(values[layer], from * kv, to * kv);
      slice.queries[layer] = Arrays.copyOfRange(queries[layer], from * query, to * query);
    }
    return slice;
  }

  void append(Session session, int layer) {
    session.append(
        layer, MemorySegment.ofArray(keys[layer]), MemorySegment.ofArray(values[layer]), count);
  }

  float[] attend(Session session, int layer) {
    float[] output = new float[queries[layer].length];
    session.attend(
        layer, count, MemorySegment.ofArray(queries[layer]), MemorySegment.ofArray(output));
    return output;
  }

  /** One step with all tokens: every layer's output, one after another. */
  float[] step(Session session) {
    float[] all = new float[shape.layers() * queries[0].length];
    for (int layer = 0; layer < shape.layers(); layer++) {
      append(session, layer);
      float[] output = attend(session, layer);
      System.arraycopy(output, 0, all, layer * output.length, output.length);
    }
    return all;
  }

  /** Token by token, from one to another of these. */
  List<float[]> decode(Session session, int from, int to) {
    List<float[]> outputs = new ArrayList<>();
    for (int i = from; i < to; i++) {
      outputs.add(slice(i, i + 1).step(session));
    }
    return outputs;
  }

  /** Reads them as a prompt. */
  Session read(Session session) {
    step(session);
    session.endPrefill();
    return session;
  }
}
