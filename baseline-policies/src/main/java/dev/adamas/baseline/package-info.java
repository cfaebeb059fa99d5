/**
 * The policies that Adamas is compared with, as configuration names them:
 *
 * <ul>
 *   <li>{@code full}: dense causal attention.
 *   <li>{@code streaming-llm(budget, sinks)}: the first and the most recent tokens (arXiv
 *       2309.17453). The paper evicts tokens and renumbers positions inside the cache; this is the
 *       visibility form, in which nothing is destroyed and positions stay the original ones.
 *   <li>{@code quest(budget)}: whole pages, ranked by {@code page-bound} over {@code page-min-max}
 *       (arXiv 2406.10774); at least three pages, the last one always.
 *   <li>{@code oracle(budget)}: the tokens with the largest exact products, {@code inner-product}
 *       over {@code rows}; it bounds every estimator and saves no memory.
 * </ul>
 *
 * <p>Quest with pages of 32 tokens, of which four are attended to:
 *
 * {@snippet class="BaselineExample" region="quest"}
 */
package dev.adamas.baseline;
