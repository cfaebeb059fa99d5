package dev.adamas.model.decoder;

import dev.adamas.model.gguf.GgufFile;
import dev.adamas.model.tensor.Matrix;
import dev.adamas.model.tensor.RmsNorm;
import dev.adamas.model.tensor.Rotary;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Everything a decoder computes with, checked against the configuration when it is made: a file
 * with a missing, misshapen or unknown tensor is refused here, not in the middle of a step.
 *
 * <p>Immutable; valid until the file is closed.
 */
public final class DecoderWeights {
  private final DecoderConfig config;
  private final Rotary rotary;
  private final Matrix embedding;
  private final List<Layer> layers;
  private final RmsNorm outputNorm;
  private final Matrix output;

  private DecoderWeights(DecoderConfig config, GgufFile file) {
    this.config = config;
    Architecture architecture = Architecture.of(config.architecture(), file.name());
    Tensors tensors = new Tensors(file);
    int width = config.width();
    embedding = tensors.matrix("token_embd.weight", config.vocabulary(), width);
    outputNorm = norm(tensors, "output_norm.weight", width);
    output = tensors.optionalMatrix("output.weight", config.vocabulary(), width).orElse(embedding);
    Optional<float[]> factors = tensors.optionalVector("rope_freqs.weight", config.rotaryDim() / 2);
    rotary = RotaryScaling.read(file.metadata(), architecture, config, factors);
    List<Layer> list = new ArrayList<>();
    for (int i = 0; i < config.shape().layers(); i++) {
      list.add(layer(tensors, architecture, "blk." + i + "."));
    }
    layers = List.copyOf(list);
    tensors.refuseUnused();
  }

  /**
   * Reads the weights of a file.
   *
   * @throws ModelException if a tensor is missing, has another shape than the configuration says, a
   *     type that cannot be decoded, or is not part of the architecture
   */
  public static DecoderWeights read(GgufFile file) {
    return new DecoderWeights(DecoderConfig.read(file), file);
  }

  private Layer layer(Tensors tensors, Architecture architecture, String prefix) {
    int width = config.width();
    int queries = config.queryWidth();
    int keys = config.kvWidth();
    int headDim = config.shape().headDim();
    boolean biases = architecture.biases();
    return new Layer(
        norm(tensors, prefix + "attn_norm.weight", width),
        tensors.matrix(prefix + "attn_q.weight", queries, width),
        tensors.matrix(prefix + "attn_k.weight", keys, width),
        tensors.matrix(prefix + "attn_v.weight", keys, width),
        tensors.vector(prefix + "attn_q.bias", queries, biases),
        tensors.vector(prefix + "attn_k.bias", keys, biases),
        tensors.vector(prefix + "attn_v.bias", keys, biases),
        headNorm(tensors, architecture, prefix + "attn_q_norm.weight", headDim),
        headNorm(tensors, architecture, prefix + "attn_k_norm.weight", headDim),
        tensors.matrix(prefix + "attn_output.weight", width, queries),
        norm(tensors, prefix + "ffn_norm.weight", width),
        tensors.matrix(prefix + "ffn_gate.weight", config.feedForward(), width),
        tensors.matrix(prefix + "ffn_up.weight", config.feedForward(), width),
        tensors.matrix(prefix + "ffn_down.weight", width, config.feedForward()));
  }

  private RmsNorm norm(Tensors tensors, String name, int length) {
    return new RmsNorm(tensors.vector(name, length, true).orElseThrow(), config.epsilon());
  }

  private Optional<RmsNorm> headNorm(
      Tensors tensors, Architecture architecture, String name, int headDim) {
    return architecture.headNorms() ? Optional.of(norm(tensors, name, headDim)) : Optional.empty();
  }

  /** The numbers the weights were checked against. */
  public DecoderConfig config() {
    return config;
  }

  Rotary rotary() {
    return rotary;
  }

  Matrix embedding() {
    return embedding;
  }

  Layer layer(int index) {
    return layers.get(index);
  }

  RmsNorm outputNorm() {
    return outputNorm;
  }

  /** The matrix of the logits: its own, or the embedding where the file ties them. */
  Matrix output() {
    return output;
  }
}
