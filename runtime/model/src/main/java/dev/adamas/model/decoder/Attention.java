package dev.adamas.model.decoder;

import java.lang.foreign.MemorySegment;

/**
 * The cache and attention of one sequence, as a decoder needs them. All rows are float32, after
 * rotary positions, token by token and head by head.
 */
public interface Attention {

  /**
   * Appends keys and values of the next tokens to a layer.
   *
   * @param keys {@code [tokens][kvHeads][headDim]}; the segment may be longer
   * @param values {@code [tokens][kvHeads][headDim]}; the segment may be longer
   */
  void append(int layer, MemorySegment keys, MemorySegment values, int tokens);

  /**
   * Attends with the queries of the last {@code rows} tokens appended to the layer, each seeing the
   * tokens up to its own.
   *
   * @param queries {@code [rows][queryHeads][headDim]}; the segment may be longer
   * @param output {@code [rows][queryHeads][headDim]}, written; the segment may be longer
   */
  void attend(int layer, int rows, MemorySegment queries, MemorySegment output);
}
