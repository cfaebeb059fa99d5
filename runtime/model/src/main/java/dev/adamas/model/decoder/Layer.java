package dev.adamas.model.decoder;

import dev.adamas.model.tensor.Matrix;
import dev.adamas.model.tensor.RmsNorm;
import java.util.Optional;

/**
 * The weights of one decoder layer. Matrices stay in the file; norms and biases are small and
 * copied.
 */
record Layer(
    RmsNorm attentionNorm,
    Matrix query,
    Matrix key,
    Matrix value,
    Optional<float[]> queryBias,
    Optional<float[]> keyBias,
    Optional<float[]> valueBias,
    Optional<RmsNorm> queryNorm,
    Optional<RmsNorm> keyNorm,
    Matrix output,
    RmsNorm feedForwardNorm,
    Matrix gate,
    Matrix up,
    Matrix down) {}
