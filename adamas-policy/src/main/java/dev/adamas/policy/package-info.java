/**
 * The Adamas stages and policies (arXiv 2510.18413).
 *
 * <p>A policy selects with a pipeline of four stages, and each of them is a parameter, so an
 * ablation of the paper is a matter of configuration. Stages are named {@code id}, {@code
 * id@version} or {@code id@version(key=value,…)}:
 *
 * <table>
 * <caption>Stages of this module</caption>
 * <tr><th>kind</th><th>stages</th></tr>
 * <tr><td>transform</td><td>{@code identity}, {@code hadamard}</td></tr>
 * <tr><td>quantizer</td><td>{@code bucket(bits, thresholds, c, t, levels, center, scale)}</td></tr>
 * <tr><td>distance</td><td>{@code manhattan}, {@code l2}, which only rank; {@code code-dot}, {@code
 *     asymmetric(query)}, which estimate the logit</td></tr>
 * <tr><td>selector</td><td>{@code top-k}</td></tr>
 * </table>
 *
 * <p>{@code adamas} is the method as published; {@code adamas-dot} ranks the same codes by their
 * dot product, which finds the keys that matter far better at the same memory. A variant without
 * the Hadamard transform, with three bits and a budget of 5 % of the context:
 *
 * {@snippet class="AblationExample" region="ablation"}
 */
package dev.adamas.policy;
