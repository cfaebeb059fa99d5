package dev.adamas.tck.lab;

/** A check found that it does not apply to the component at hand. */
public final class NotApplicable extends RuntimeException {

  private static final long serialVersionUID = 1;

  /** Says why, in a full sentence. */
  public NotApplicable(String reason) {
    super(reason);
  }
}
