package dev.adamas.model.decoder;

import dev.adamas.api.Workers;
import dev.adamas.api.Workers.Task;
import dev.adamas.model.tensor.Elementwise;
import dev.adamas.model.tensor.Matrix;
import dev.adamas.model.tensor.Panels;
import dev.adamas.model.tensor.RmsNorm;
import dev.adamas.model.tensor.Rotary;
import dev.adamas.model.tensor.Scratch;
import java.lang.foreign.MemorySegment;

/**
 * The forward pass of many tokens of one sequence: each decoded weight serves all of them.
 *
 * <p>States are {@link Panels}; products are shared among threads by rows of weights, everything
 * else by panels. Only the attention wants its rows token by token, so panels are turned into rows
 * before it and back after it.
 */
final class ManyTokens {
  /** Rows of weights of a task: 4 tiles, enough tasks for many threads in the smallest product. */
  private static final int TASK_ROWS = 24;

  private final DecoderWeights weights;
  private final DecoderConfig config;
  private final Workers workers;
  private final Scratch[] scratch;
  private final int queryWidth;
  private final int kvWidth;

  private final Panels state;
  private final Panels normed;
  private final Panels heads;
  private final Panels gate;
  private final Panels up;
  private final float[][] embedded;
  private final float[] angles;
  private final float[] queries;
  private final float[] keys;
  private final float[] values;
  private final float[] attended;
  private final MemorySegment querySegment;
  private final MemorySegment keySegment;
  private final MemorySegment valueSegment;
  private final MemorySegment attendedSegment;

  private final Task embed = this::embed;
  private final Task normForAttention = (panel, worker) -> norm(true, panel);
  private final Task project = this::project;
  private final Task toRows = this::toRows;
  private final Task fromRows = this::fromRows;
  private final Task mix = this::mix;
  private final Task normForFeedForward = (panel, worker) -> norm(false, panel);
  private final Task expand = this::expand;
  private final Task contract = this::contract;
  private final Task score = this::score;
  private Layer layer;
  private int[] tokens = new int[0];
  private int from;
  private int count;
  private int position;
  private int panels;

  /** What logits of all tokens need, a panel at a time. */
  private Panels lastNormed = new Panels(0, 0);

  private Panels logits = new Panels(0, 0);

  ManyTokens(DecoderWeights weights, Workers workers, Scratch[] scratch, int most) {
    this.weights = weights;
    this.workers = workers;
    this.scratch = scratch;
    config = weights.config();
    layer = weights.layer(0);
    queryWidth = config.queryWidth();
    kvWidth = config.kvWidth();
    state = new Panels(config.width(), most);
    normed = new Panels(config.width(), most);
    heads = new Panels(queryWidth + 2 * kvWidth, most);
    gate = new Panels(config.feedForward(), most);
    up = new Panels(config.feedForward(), most);
    embedded = new float[workers.threads()][config.width()];
    angles = new float[weights.rotary().panelAngles(Panels.count(most))];
    queries = new float[most * queryWidth];
    keys = new float[most * kvWidth];
    values = new float[most * kvWidth];
    attended = new float[most * queryWidth];
    querySegment = MemorySegment.ofArray(queries);
    keySegment = MemorySegment.ofArray(keys);
    valueSegment = MemorySegment.ofArray(values);
    attendedSegment = MemorySegment.ofArray(attended);
  }

  /** Bytes that so many tokens take. */
  static long bytes(DecoderConfig config, int most) {
    long perToken =
        2L * config.width()
            + 3L * config.queryWidth()
            + 4L * config.kvWidth()
            + 2L * config.feedForward()
            + config.rotaryDim();
    return 4 * perToken * Panels.count(most) * Panels.WIDTH;
  }

  /** Runs tokens through all layers but what follows the last layer's cache. */
  void run(int[] source, int start, int length, int firstPosition, Attention attention) {
    tokens = source;
    from = start;
    count = length;
    position = firstPosition;
    panels = Panels.count(length);
    workers.run(panels, embed);
    int last = config.shape().layers() - 1;
    for (int i = 0; i < last; i++) {
      toCache(i, attention);
      attendAndFeedForward(i, attention);
    }
    toCache(last, attention);
  }

  /** The state before the last layer's attention, and the query, of the last token. */
  MemorySegment lastToken(float[] target) {
    state.get(count - 1, 0, target, 0, config.width());
    return querySegment.asSlice(4L * (count - 1) * queryWidth, 4L * queryWidth);
  }

  /** Finishes the last layer for all tokens and hands out their logits. */
  void finish(Attention attention, int firstIndex, float[] row, LogitsSink sink) {
    attendAndFeedForward(config.shape().layers() - 1, attention);
    if (logits.features() == 0) {
      lastNormed = new Panels(config.width(), Panels.WIDTH);
      logits = new Panels(config.vocabulary(), Panels.WIDTH);
    }
    for (int p = 0; p < panels; p++) {
      weights.outputNorm().apply(state, normed, 0, p);
      lastNormed.copy(normed, p);
      workers.run(Math.ceilDiv(config.vocabulary(), TASK_ROWS), score);
      int tokensHere = Math.min(Panels.WIDTH, count - p * Panels.WIDTH);
      for (int t = 0; t < tokensHere; t++) {
        logits.get(t, 0, row, 0, config.vocabulary());
        sink.accept(firstIndex + p * Panels.WIDTH + t, row);
      }
    }
  }

  private void toCache(int index, Attention attention) {
    layer = weights.layer(index);
    workers.run(panels, normForAttention);
    workers.run(Math.ceilDiv(queryWidth + 2 * kvWidth, TASK_ROWS), project);
    workers.run(panels, toRows);
    attention.append(index, keySegment, valueSegment, count);
  }

  private void attendAndFeedForward(int index, Attention attention) {
    attention.attend(index, count, querySegment, attendedSegment);
    workers.run(panels, fromRows);
    workers.run(Math.ceilDiv(config.width(), TASK_ROWS), mix);
    workers.run(panels, normForFeedForward);
    workers.run(Math.ceilDiv(config.feedForward(), TASK_ROWS), expand);
    workers.run(Math.ceilDiv(config.width(), TASK_ROWS), contract);
  }

  private void embed(int panel, int worker) {
    int first = panel * Panels.WIDTH;
    float[] row = embedded[worker];
    for (int t = first; t < Math.min(count, first + Panels.WIDTH); t++) {
      weights.embedding().row(tokens[from + t], row, 0);
      state.set(t, 0, row, 0, row.length);
    }
    weights.rotary().prepare(position + first, angles, panel);
  }

  private void norm(boolean attention, int panel) {
    RmsNorm norm = attention ? layer.attentionNorm() : layer.feedForwardNorm();
    norm.apply(state, normed, 0, panel);
  }

  private void project(int task, int worker) {
    product(layer.query(), 0, task, worker);
    product(layer.key(), queryWidth, task, worker);
    product(layer.value(), queryWidth + kvWidth, task, worker);
  }

  /** The part of a matrix within the task's rows of several stacked ones, it being at start. */
  private void product(Matrix matrix, int start, int task, int worker) {
    int first = Math.max(0, task * TASK_ROWS - start);
    int end = Math.min(matrix.rows(), (task + 1) * TASK_ROWS - start);
    matrix.multiply(normed, heads, start, panels, first, end, false, scratch[worker]);
  }

  private void toRows(int panel, int worker) {
    int headDim = config.shape().headDim();
    int queryHeads = config.shape().queryHeads();
    int kvHeads = config.shape().kvHeads();
    layer.queryBias().ifPresent(bias -> Elementwise.addBias(heads, 0, bias, panel));
    layer.keyBias().ifPresent(bias -> Elementwise.addBias(heads, queryWidth, bias, panel));
    layer
        .valueBias()
        .ifPresent(bias -> Elementwise.addBias(heads, queryWidth + kvWidth, bias, panel));
    layer.queryNorm().ifPresent(norm -> eachHead(norm, 0, queryHeads, panel));
    layer.keyNorm().ifPresent(norm -> eachHead(norm, queryWidth, kvHeads, panel));
    Rotary rotary = weights.rotary();
    rotary.apply(heads, 0, queryHeads + kvHeads, headDim, angles, panel);
    int first = panel * Panels.WIDTH;
    for (int t = first; t < Math.min(count, first + Panels.WIDTH); t++) {
      heads.get(t, 0, queries, t * queryWidth, queryWidth);
      heads.get(t, queryWidth, keys, t * kvWidth, kvWidth);
      heads.get(t, queryWidth + kvWidth, values, t * kvWidth, kvWidth);
    }
  }

  private void eachHead(RmsNorm norm, int feature, int headCount, int panel) {
    for (int head = 0; head < headCount; head++) {
      norm.apply(heads, heads, feature + head * config.shape().headDim(), panel);
    }
  }

  /** What was attended takes the place of the queries, which are done with. */
  private void fromRows(int panel, int worker) {
    int first = panel * Panels.WIDTH;
    for (int t = first; t < Math.min(count, first + Panels.WIDTH); t++) {
      heads.set(t, 0, attended, t * queryWidth, queryWidth);
    }
  }

  private void mix(int task, int worker) {
    accumulate(layer.output(), heads, task, worker);
  }

  private void expand(int task, int worker) {
    int first = task * TASK_ROWS;
    int end = Math.min(config.feedForward(), first + TASK_ROWS);
    layer.gate().multiply(normed, gate, 0, panels, first, end, false, scratch[worker]);
    layer.up().multiply(normed, up, 0, panels, first, end, false, scratch[worker]);
    Elementwise.siluTimes(gate, up, panels, first, end);
  }

  private void contract(int task, int worker) {
    accumulate(layer.down(), gate, task, worker);
  }

  private void accumulate(Matrix matrix, Panels input, int task, int worker) {
    int first = task * TASK_ROWS;
    int end = Math.min(matrix.rows(), first + TASK_ROWS);
    matrix.multiply(input, state, 0, panels, first, end, true, scratch[worker]);
  }

  private void score(int task, int worker) {
    int first = task * TASK_ROWS;
    int end = Math.min(config.vocabulary(), first + TASK_ROWS);
    weights.output().multiply(lastNormed, logits, 0, 1, first, end, false, scratch[worker]);
  }
}
