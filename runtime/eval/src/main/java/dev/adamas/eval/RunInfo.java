package dev.adamas.eval;

import java.util.SortedMap;

/**
 * What a run was asked for and where it ran: the file {@code run.json} beside {@code
 * results.jsonl}. A run is resumed, and shards are merged, only where model and arguments agree.
 *
 * @param model name of the model
 * @param modelFingerprint of the model's file
 * @param arguments every argument that influences results, in text; the shard is not among them
 * @param shard such as {@code 0/1}
 * @param machine the machine in words, threads included
 */
public record RunInfo(
    String model,
    String modelFingerprint,
    SortedMap<String, String> arguments,
    String shard,
    String machine) {}
