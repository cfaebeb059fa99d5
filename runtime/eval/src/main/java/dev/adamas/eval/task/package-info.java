/**
 * What policies are asked to do. A {@link dev.adamas.eval.task.Task} gives samples; a sample is a
 * prompt that is read once with full attention, and what is decoded from there under each policy.
 */
package dev.adamas.eval.task;
