package dev.adamas.model.decoder;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The decoder families this package runs, named as in {@code general.architecture}. */
enum Architecture {
  /** Llama 1 to 3, SmolLM2, Mistral. */
  LLAMA("llama", true, false, false),
  /** Qwen 2 and 2.5: biases on queries, keys and values. */
  QWEN2("qwen2", false, true, false),
  /** Qwen 3: a norm on every query and key head. */
  QWEN3("qwen3", false, false, true);

  private final String key;
  private final boolean adjacentPairs;
  private final boolean biases;
  private final boolean headNorms;

  Architecture(String key, boolean adjacentPairs, boolean biases, boolean headNorms) {
    this.key = key;
    this.adjacentPairs = adjacentPairs;
    this.biases = biases;
    this.headNorms = headNorms;
  }

  static Architecture of(String key, String file) {
    for (Architecture a : values()) {
      if (a.key.equals(key)) {
        return a;
      }
    }
    throw new ModelException(
        "%s has architecture '%s', which cannot be run; use a model of architecture %s."
            .formatted(
                file,
                key,
                Arrays.stream(values()).map(a -> a.key).collect(Collectors.joining(", "))));
  }

  /** The prefix of its metadata keys. */
  String key() {
    return key;
  }

  /** Whether rotary pairs are neighbours; files of this family have their rows permuted for it. */
  boolean adjacentPairs() {
    return adjacentPairs;
  }

  /** Whether biases on queries, keys and values must be there; elsewhere they may. */
  boolean biases() {
    return biases;
  }

  boolean headNorms() {
    return headNorms;
  }
}
