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
 * dot product, which finds the keys that matter far better at the same memory. {@code adamas-tail}
 * attends to the best tokens exactly and to all others by estimate: each keeps its estimated weight
 * on the mean value of its page, and the next best add what second codes of their keys and codes of
 * their values hold. Its parts are parameters too ({@code tail}, {@code correction}, {@code
 * residual}, {@code residual-keys}). Every policy takes {@code group=shared}, budgets such as
 * {@code 5%} or {@code top-p:0.9}, and {@code layer-budgets=0-1:all,2-7:64}.
 *
 * <p>A variant of {@code adamas} without the Hadamard transform, with three bits and a budget of 5
 * % of the context:
 *
 * {@snippet class="AblationExample" region="ablation"}
 */
package dev.adamas.policy;
