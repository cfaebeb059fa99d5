package dev.adamas.engine;

/** What a plugin may throw without taking the sequence with it. */
final class Containment {

  private Containment() {}

  /**
   * Whether a failure stays inside: everything but the failures of the JVM itself, of which a stack
   * that ran over says nothing about the JVM.
   */
  static boolean applies(Throwable failure) {
    return !(failure instanceof VirtualMachineError) || failure instanceof StackOverflowError;
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  static <T extends Throwable> T sneaky(Throwable thrown) throws T {
    throw (T) thrown;
  }
}
