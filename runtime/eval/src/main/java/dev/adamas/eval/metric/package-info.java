/** Scores of answers, each from 0 to 1, larger is better. Pure functions. */
package dev.adamas.eval.metric;
