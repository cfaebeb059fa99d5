package dev.adamas.eval.task;

/**
 * A text of the user's.
 *
 * @param name what messages call it
 * @param text its content
 */
public record NamedText(String name, String text) {}
