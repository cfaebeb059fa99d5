/** Reading of what a run has written. */
package dev.adamas.eval.stored;
