/** What the checks are made of: caches, steps, probes, workers and plans. Not exported. */
package dev.adamas.tck.lab;
