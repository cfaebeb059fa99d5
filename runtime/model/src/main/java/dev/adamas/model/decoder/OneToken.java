package dev.adamas.model.decoder;

import dev.adamas.api.Workers;
import dev.adamas.api.Workers.Task;
import dev.adamas.model.tensor.Elementwise;
import dev.adamas.model.tensor.Matrix;
import dev.adamas.model.tensor.RmsNorm;
import dev.adamas.model.tensor.Rotary;
import dev.adamas.model.tensor.Scratch;
import java.lang.foreign.MemorySegment;

/**
 * The forward pass of a single token: every weight is read once, so the time is that of reading and
 * unpacking them, shared among threads by rows.
 */
final class OneToken {
  /** Weights of a task: about 3 µs of work, some ten times what it costs to fetch a task. */
  private static final int TASK_WEIGHTS = 32768;

  /** Rows of a task are a multiple of this, so that vectors of outputs never straddle tasks. */
  private static final int TASK_ROWS = 16;

  private final DecoderWeights weights;
  private final DecoderConfig config;
  private final Workers workers;
  private final Scratch[] scratch;

  /** The residual stream; the caller may put a token's state here and go on from a layer. */
  final float[] state;

  private final float[] normed;
  private final float[] query;
  private final float[] key;
  private final float[] value;
  private final float[] attended;
  private final float[] update;
  private final float[] gate;
  private final float[] up;
  private final float[] angles;
  private final MemorySegment querySegment;
  private final MemorySegment keySegment;
  private final MemorySegment valueSegment;
  private final MemorySegment attendedSegment;

  private final Task project = this::project;
  private final Task mix = this::mix;
  private final Task expand = this::expand;
  private final Task contract = this::contract;
  private final Task score = this::score;
  private Layer layer;
  private float[] logits = new float[0];

  OneToken(DecoderWeights weights, Workers workers, Scratch[] scratch) {
    this.weights = weights;
    this.workers = workers;
    this.scratch = scratch;
    config = weights.config();
    layer = weights.layer(0);
    state = new float[config.width()];
    normed = new float[config.width()];
    query = new float[config.queryWidth()];
    key = new float[config.kvWidth()];
    value = new float[config.kvWidth()];
    attended = new float[config.queryWidth()];
    update = new float[config.width()];
    gate = new float[config.feedForward()];
    up = new float[config.feedForward()];
    angles = new float[weights.rotary().rowAngles()];
    querySegment = MemorySegment.ofArray(query);
    keySegment = MemorySegment.ofArray(key);
    valueSegment = MemorySegment.ofArray(value);
    attendedSegment = MemorySegment.ofArray(attended);
  }

  /** Runs a token through all layers and computes the logits of the next. */
  void step(int token, int position, Attention attention, float[] target) {
    weights.embedding().row(token, state, 0);
    weights.rotary().prepare(position, angles);
    for (int i = 0; i < config.shape().layers(); i++) {
      layer = weights.layer(i);
      queryKeyValue();
      attention.append(i, keySegment, valueSegment, 1);
      attention.attend(i, 1, querySegment, attendedSegment);
      afterAttention();
    }
    logits(target);
  }

  /**
   * Finishes the last layer for the last of many tokens, whose state the caller has put into {@link
   * #state} and whose keys and values are in the cache.
   */
  void finish(MemorySegment lastQuery, Attention attention, float[] target) {
    int last = config.shape().layers() - 1;
    layer = weights.layer(last);
    attention.attend(last, 1, lastQuery, attendedSegment);
    afterAttention();
    logits(target);
  }

  private void queryKeyValue() {
    layer.attentionNorm().apply(state, 0, normed, 0);
    int rows = query.length + key.length + value.length;
    workers.run(tasks(rows, config.width()), project);
    layer.queryBias().ifPresent(bias -> Elementwise.add(query, bias, 0, query.length));
    layer.keyBias().ifPresent(bias -> Elementwise.add(key, bias, 0, key.length));
    layer.valueBias().ifPresent(bias -> Elementwise.add(value, bias, 0, value.length));
    int headDim = config.shape().headDim();
    layer.queryNorm().ifPresent(norm -> eachHead(norm, query, headDim));
    layer.keyNorm().ifPresent(norm -> eachHead(norm, key, headDim));
    Rotary rotary = weights.rotary();
    rotary.apply(query, 0, config.shape().queryHeads(), headDim, angles);
    rotary.apply(key, 0, config.shape().kvHeads(), headDim, angles);
  }

  private static void eachHead(RmsNorm norm, float[] x, int headDim) {
    for (int at = 0; at < x.length; at += headDim) {
      norm.apply(x, at, x, at);
    }
  }

  private void afterAttention() {
    workers.run(tasks(config.width(), config.queryWidth()), mix);
    layer.feedForwardNorm().apply(state, 0, normed, 0);
    workers.run(tasks(config.feedForward(), 2 * config.width()), expand);
    workers.run(tasks(config.width(), config.feedForward()), contract);
  }

  private void logits(float[] target) {
    logits = target;
    weights.outputNorm().apply(state, 0, normed, 0);
    workers.run(tasks(config.vocabulary(), config.width()), score);
  }

  private void project(int task, int worker) {
    int rows = taskRows(config.width());
    int from = task * rows;
    product(layer.query(), 0, query, from, from + rows, worker);
    product(layer.key(), query.length, key, from, from + rows, worker);
    product(layer.value(), query.length + key.length, value, from, from + rows, worker);
  }

  /** The part of a matrix within rows from … to-1 of several stacked ones, it being at start. */
  private void product(Matrix matrix, int start, float[] target, int from, int to, int worker) {
    int first = Math.max(0, from - start);
    int end = Math.min(matrix.rows(), to - start);
    matrix.multiply(normed, 0, target, 0, first, end, scratch[worker]);
  }

  private void mix(int task, int worker) {
    accumulate(layer.output(), attended, task, worker);
  }

  private void expand(int task, int worker) {
    int rows = taskRows(2 * config.width());
    int from = task * rows;
    int to = Math.min(gate.length, from + rows);
    layer.gate().multiply(normed, 0, gate, 0, from, to, scratch[worker]);
    layer.up().multiply(normed, 0, up, 0, from, to, scratch[worker]);
    Elementwise.siluTimes(gate, up, from, to);
  }

  private void contract(int task, int worker) {
    accumulate(layer.down(), gate, task, worker);
  }

  private void accumulate(Matrix matrix, float[] input, int task, int worker) {
    int rows = taskRows(matrix.columns());
    int from = task * rows;
    int to = Math.min(matrix.rows(), from + rows);
    matrix.multiply(input, 0, update, 0, from, to, scratch[worker]);
    Elementwise.add(state, update, from, to);
  }

  private void score(int task, int worker) {
    int rows = taskRows(config.width());
    int from = task * rows;
    int to = Math.min(config.vocabulary(), from + rows);
    weights.output().multiply(normed, 0, logits, 0, from, to, scratch[worker]);
  }

  private static int tasks(int rows, int columns) {
    return Math.ceilDiv(rows, taskRows(columns));
  }

  private static int taskRows(int columns) {
    return TASK_ROWS * Math.max(1, TASK_WEIGHTS / TASK_ROWS / columns);
  }
}
