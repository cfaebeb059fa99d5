/**
 * From the results of evaluations to a summary, a table and a page of charts.
 *
 * <p>{@link dev.adamas.eval.report.Report} reads one or several folders of results; everything else
 * is what it says about them.
 */
package dev.adamas.eval.report;
