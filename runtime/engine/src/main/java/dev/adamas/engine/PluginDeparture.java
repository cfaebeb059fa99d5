package dev.adamas.engine;

import java.util.List;

/**
 * A plugin that was removed or replaced.
 *
 * @param origin where it came from
 * @param state how far it has gone
 * @param users what still uses it, a sentence each; empty unless {@link State#IN_USE}
 */
public record PluginDeparture(String origin, State state, List<String> users) {

  /** How far a plugin has gone. */
  public enum State {
    /** Out of the catalogue, but kept loaded for what still uses it. */
    IN_USE,
    /** Nothing of any engine uses it; its class loader waits for the garbage collector. */
    RELEASED,
    /** Its class loader has been collected: nothing of it is left in the process. */
    COLLECTED
  }

  /** Copies {@code users}. */
  public PluginDeparture {
    users = List.copyOf(users);
  }
}
