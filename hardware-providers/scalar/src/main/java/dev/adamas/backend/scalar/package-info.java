/** The scalar backend. */
package dev.adamas.backend.scalar;
