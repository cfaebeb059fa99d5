/**
 * The CPU backend on the JDK Vector API: fused kernels for host memory, on several threads.
 *
 * <p>Only {@link dev.adamas.backend.vector.VectorProvider} is public; the engine finds it by {@link
 * java.util.ServiceLoader}.
 */
package dev.adamas.backend.vector;
