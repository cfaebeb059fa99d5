package dev.adamas.engine;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Lets sessions end by themselves: moves none to another policy. */
final class OpenSessions implements LiveSequences {

  private final Supplier<List<Session>> open;

  OpenSessions(Supplier<List<Session>> open) {
    this.open = open;
  }

  @Override
  public void catalogueChanged() {}

  @Override
  public List<String> leave(Set<ClassLoader> departing, Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      List<String> users = users(departing);
      if (users.isEmpty() || System.nanoTime() - end >= 0 || !Pause.millis(5)) {
        return users;
      }
    }
  }

  private List<String> users(Set<ClassLoader> departing) {
    TreeMap<String, Integer> policies = new TreeMap<>();
    for (Session session : open.get()) {
      if (!Collections.disjoint(departing, PluginParts.loaders(session.binding()))) {
        policies.merge(session.policy().spec().toString(), 1, Integer::sum);
      }
    }
    return policies.entrySet().stream()
        .map(
            e ->
                "%d open %s with policy %s."
                    .formatted(
                        e.getValue(), e.getValue() == 1 ? "session" : "sessions", e.getKey()))
        .toList();
  }
}
