package dev.adamas.backend.vector;

import java.util.Optional;

/**
 * Whether the Vector API is there and worth using. Links without it.
 *
 * <p>Its operations are ordinary Java where the JVM has no instruction for them: boxed lanes and,
 * for a fused multiply-add, arbitrary-precision decimals, up to a thousand times slower than a
 * plain loop. No property of the JVM tells that reliably, so a kernel is timed once.
 */
final class Availability {

  private static final String MODULE = "jdk.incubator.vector";

  private Availability() {}

  /** Why the backend cannot be used, a sentence that says what to do; empty where it can. */
  static Optional<String> reason() {
    return Holder.REASON;
  }

  /** Decided at the first question, once per JVM. */
  private static final class Holder {
    static final Optional<String> REASON = decide();
  }

  private static Optional<String> decide() {
    Optional<Module> api = ModuleLayer.boot().findModule(MODULE);
    if (api.isEmpty()) {
      return Optional.of(
          "This JVM was started without the Vector API; add --add-modules=" + MODULE + " to it.");
    }
    Availability.class.getModule().addReads(api.get());
    if (System.getProperty("java.vm.info", "").contains("interpreted")) {
      return Optional.of("This JVM interprets only, which makes vectors slow; drop -Xint.");
    }
    try {
      return Calibration.verdict();
    } catch (LinkageError e) {
      return Optional.of(
          "The Vector API of this JVM differs from the one of JDK 25 (" + e + "); use JDK 25.");
    }
  }
}
