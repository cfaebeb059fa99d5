/**
 * Checks of stages, policies, backends and whole plugins.
 *
 * <p>The checks are plain objects; {@link dev.adamas.tck.BackendChecks} and its siblings list them.
 * In a test, extend a class of {@link dev.adamas.tck.junit}.
 */
package dev.adamas.tck;
