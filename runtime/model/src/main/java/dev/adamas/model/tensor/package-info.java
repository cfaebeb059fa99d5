/**
 * Arithmetic of a decoder on the CPU: products with weights that stay in their file's mapping,
 * norms, rotary positions and activations.
 *
 * <p>Two layouts serve two situations. A <em>row</em> is the state of one token, a plain {@code
 * float[]}: one step of decoding reads every weight once, so weights are unpacked in registers and
 * used at once ({@link dev.adamas.model.tensor.Matrix#multiply(float[], int, float[], int, int,
 * int, Scratch)}). {@link dev.adamas.model.tensor.Panels} hold many tokens feature by feature, so
 * that one loaded weight meets two vectors of tokens: matrix products run near the peak of the
 * machine without packing or transposing anything, and norms, rotary positions and activations need
 * no horizontal step.
 *
 * <p>All sums have a fixed order. A result depends neither on the number of threads nor on how
 * tokens are grouped into panels; rows and panels differ from each other in the last bits.
 */
package dev.adamas.model.tensor;
