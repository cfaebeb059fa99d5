/**
 * Rules about how a plugin jar is built, as tests. They look at the jar alone: what its classes
 * depend on and keep, and what it tells the module system, {@link java.util.ServiceLoader} and
 * OSGi. Whether it computes the right thing is another question.
 *
 * <pre>{@code
 * class ConformanceIT {
 *   @TestFactory
 *   Stream<DynamicTest> conforms() {
 *     return Conformance.of(Path.of("target/my-plugin-1.0.0.jar")).tests();
 *   }
 * }
 * }</pre>
 *
 * @see dev.adamas.conformance.Rule
 */
package dev.adamas.conformance;
