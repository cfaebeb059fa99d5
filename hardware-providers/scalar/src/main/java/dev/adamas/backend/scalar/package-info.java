/**
 * The scalar backend: plain Java, stage by stage, in double precision. It runs every plan that is
 * made of stages, a plugin's own included, and is what other backends are compared with.
 *
 * <p>Where the SPI leaves a choice, this backend decides it:
 *
 * <ul>
 *   <li>A window that covers every visible token is dense: the probe is not told of it.
 *   <li>With {@code SHARED} selection a code's score is NaN where any head's is.
 *   <li>The second tier of a tail is the selector's choice among what it did not take at first, by
 *       the same ranking; forced tokens that found no place in the budget therefore come first.
 *   <li>A base of values is summed in double precision in order of position and rounded to the
 *       cache's type; estimated logits, exponentials and sums of a tail are double precision, and
 *       the sum of decoded residuals is rounded to float32 before it is transformed back.
 *   <li>A query row that does not see the end of the cache gets a code of its own for its last
 *       page, and for everything where codes depend on the whole sequence.
 * </ul>
 *
 * <p>One decode step of one layer, as an engine drives it:
 *
 * {@snippet class="StepExample" region="step"}
 */
package dev.adamas.backend.scalar;
