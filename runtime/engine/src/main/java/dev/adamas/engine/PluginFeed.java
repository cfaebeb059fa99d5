package dev.adamas.engine;

import dev.adamas.api.Provider;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Plugins that come and go while engines run: what a container of plugins (a folder, an OSGi
 * framework, a host's own) tells its engines through.
 *
 * <p>The container names a place for each plugin, such as a path. It {@link #put puts} what it
 * loaded there, and {@link #remove removes} it before it unloads anything: the engines take it out
 * of their catalogues, move what runs on it, and only then is the plugin's {@code unload} called.
 * Where something still uses it the plugin stays loaded, says who, and {@link #retry} tries again.
 *
 * <p>Thread-safe; changes happen one after the other, in the calling thread.
 */
public final class PluginFeed implements ProviderSource {

  /** Departures that are remembered after their loaders were collected. */
  private static final int REMEMBERED = 32;

  /**
   * A plugin as a container loaded it.
   *
   * @param origin where it comes from, for people
   * @param loader defines its classes and those of no other plugin
   * @param providers its entry points
   * @param problems what else is wrong with it, a sentence each
   * @param unload called once, when nothing of any engine uses it any more
   */
  public record Loaded(
      String origin,
      ClassLoader loader,
      List<Provider> providers,
      List<String> problems,
      Runnable unload) {
    /** Copies the lists. */
    public Loaded {
      providers = List.copyOf(providers);
      problems = List.copyOf(problems);
    }
  }

  /** What {@link #discover} reports; immutable, so that reading it waits for nobody. */
  private record Snapshot(
      SortedMap<String, Loaded> plugins,
      SortedMap<String, String> refusals,
      List<String> departures) {

    static final Snapshot EMPTY =
        new Snapshot(Collections.emptySortedMap(), Collections.emptySortedMap(), List.of());
  }

  /** A plugin on its way out; holds it only while it is used. */
  private static final class Leaving {

    private final String origin;
    private final WeakReference<ClassLoader> collected;
    private @Nullable Loaded plugin;
    private List<String> users = List.of();

    Leaving(Loaded plugin) {
      this.plugin = plugin;
      origin = plugin.origin();
      collected = new WeakReference<>(plugin.loader());
    }

    PluginDeparture report() {
      return new PluginDeparture(
          origin,
          plugin != null
              ? PluginDeparture.State.IN_USE
              : collected.refersTo(null)
                  ? PluginDeparture.State.COLLECTED
                  : PluginDeparture.State.RELEASED,
          users);
    }
  }

  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final List<Leaving> leaving = new ArrayList<>();
  private volatile Snapshot snapshot = Snapshot.EMPTY;

  /** A feed without plugins. */
  public PluginFeed() {}

  /**
   * Brings a plugin into every catalogue, in the place of what was there before.
   *
   * @param place names the plugin for later calls
   * @param patience how long to wait for what uses its predecessor
   * @return what became of the predecessor
   */
  public synchronized Optional<PluginDeparture> put(
      String place, Loaded plugin, Duration patience) {
    SortedMap<String, Loaded> plugins = new TreeMap<>(snapshot.plugins());
    SortedMap<String, String> refusals = new TreeMap<>(snapshot.refusals());
    Loaded before = plugins.put(place, plugin);
    refusals.remove(place);
    publish(plugins, refusals);
    if (before == null) {
      tell();
      return Optional.empty();
    }
    return Optional.of(depart(before, patience));
  }

  /**
   * Says why there is no plugin in a place; one that is there already stays.
   *
   * @param sentence what is wrong, and what to do about it
   */
  public synchronized void refuse(String place, String sentence) {
    if (sentence.equals(snapshot.refusals().get(place))) {
      return;
    }
    SortedMap<String, String> refusals = new TreeMap<>(snapshot.refusals());
    refusals.put(place, sentence);
    publish(snapshot.plugins(), refusals);
    tell();
  }

  /**
   * Takes a plugin, or what was said about its place, out of every catalogue.
   *
   * @param patience how long to wait for what uses it
   * @return what became of it; empty where no plugin was there
   */
  public synchronized Optional<PluginDeparture> remove(String place, Duration patience) {
    SortedMap<String, Loaded> plugins = new TreeMap<>(snapshot.plugins());
    SortedMap<String, String> refusals = new TreeMap<>(snapshot.refusals());
    Loaded before = plugins.remove(place);
    boolean refused = refusals.remove(place) != null;
    publish(plugins, refusals);
    if (before != null) {
      return Optional.of(depart(before, patience));
    }
    if (refused) {
      tell();
    }
    return Optional.empty();
  }

  /** Asks once more those who use plugins that were removed. */
  public synchronized void retry(Duration patience) {
    boolean changed = false;
    for (Leaving one : leaving) {
      if (one.plugin != null) {
        List<String> before = one.users;
        release(one, patience);
        changed |= !before.equals(one.users);
      }
    }
    if (changed) {
      publish(snapshot.plugins(), snapshot.refusals());
      tell();
    }
  }

  /** The places of the plugins that are there, whether an engine took them or not. */
  public Set<String> places() {
    return Collections.unmodifiableSet(snapshot.plugins().keySet());
  }

  /**
   * What was removed or replaced, oldest first; the last {@value #REMEMBERED} of those that have
   * gone for good.
   */
  public synchronized List<PluginDeparture> departures() {
    forget();
    return leaving.stream().map(Leaving::report).toList();
  }

  private PluginDeparture depart(Loaded plugin, Duration patience) {
    Leaving one = new Leaving(plugin);
    leaving.add(one);
    release(one, patience);
    if (one.plugin != null) {
      publish(snapshot.plugins(), snapshot.refusals());
      tell();
    }
    forget();
    return one.report();
  }

  private void release(Leaving one, Duration patience) {
    Loaded plugin = one.plugin;
    if (plugin == null) {
      return;
    }
    long end = System.nanoTime() + patience.toNanos();
    List<String> users = new ArrayList<>();
    for (Listener listener : listeners) {
      long left = Math.max(0, end - System.nanoTime());
      users.addAll(listener.leave(Set.of(plugin.loader()), Duration.ofNanos(left)));
    }
    one.users = List.copyOf(users);
    if (users.isEmpty()) {
      one.plugin = null;
      plugin.unload().run();
    }
  }

  private void forget() {
    long gone = leaving.stream().filter(one -> isCollected(one)).count();
    for (int i = 0; gone > REMEMBERED && i < leaving.size(); ) {
      if (isCollected(leaving.get(i))) {
        leaving.remove(i);
        gone--;
      } else {
        i++;
      }
    }
  }

  private static boolean isCollected(Leaving one) {
    return one.report().state() == PluginDeparture.State.COLLECTED;
  }

  private void publish(SortedMap<String, Loaded> plugins, SortedMap<String, String> refusals) {
    List<String> departures =
        leaving.stream()
            .filter(one -> one.plugin != null && !one.users.isEmpty())
            .map(
                one ->
                    "The plugin of %s was removed but stays loaded, because it is still used: %s"
                        .formatted(one.origin, String.join(" ", one.users)))
            .toList();
    snapshot = new Snapshot(plugins, refusals, departures);
  }

  private void tell() {
    listeners.forEach(Listener::changed);
  }

  @Override
  public void discover(Sink sink) {
    Snapshot now = snapshot;
    for (Loaded plugin : now.plugins().values()) {
      plugin.providers().forEach(provider -> sink.found(provider, plugin.origin()));
      plugin.problems().forEach(sink::refused);
    }
    now.refusals().values().forEach(sink::refused);
    now.departures().forEach(sink::refused);
  }

  @Override
  public Optional<Watch> watch(Listener listener) {
    listeners.add(listener);
    return Optional.of(() -> listeners.remove(listener));
  }
}
