package dev.adamas.engine;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/** The sequences that run on plugins now; whoever changes the set of plugins asks it to follow. */
interface LiveSequences {

  /** The catalogue changed: the configured names may mean other components than before. */
  void catalogueChanged();

  /**
   * Moves every sequence off what classes of these loaders made, and frees it.
   *
   * @param departing the class loaders of the plugins that are about to go
   * @param patience how long to wait for steps in progress
   * @return what still uses them after that, a sentence each; empty where they can go
   */
  List<String> leave(Set<ClassLoader> departing, Duration patience);
}
