/**
 * The checks as JUnit 5 tests: extend a class with one factory method, and every check is a test of
 * its own name.
 */
package dev.adamas.tck.junit;
