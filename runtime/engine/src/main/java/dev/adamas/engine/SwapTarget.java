package dev.adamas.engine;

import dev.adamas.api.KvView;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.Tail;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One session of a swap: the candidate, and what was done for it.
 *
 * <p>The candidate belongs to the swap's thread until the session runs it.
 */
final class SwapTarget implements Grace.Ending {

  /** Tokens that a sequence may wait for at the change, in each layer. */
  static final int MOST_AT_ONCE = 64;

  private final Session session;
  private final String from;
  private final Active candidate;
  private final Swaps swaps;
  private final SwapEnd end;

  private @Nullable CacheSnapshot snapshot;
  private boolean decoding;

  private volatile boolean changed;
  private volatile int token;
  private volatile long builtTokens;
  private volatile long builtBytes;
  private volatile long buildNanos;
  private volatile long pauseTokens;
  private volatile long pauseNanos;
  private volatile long indexBytes;
  private volatile long freedBytes;
  private volatile Optional<SwapFigures.Measured> measured = Optional.empty();

  /** Who hears when a session has left its grace. */
  interface SwapEnd {

    /** No step uses the old policy any more. */
    void draining();

    /** Its memory is about to be freed. */
    void retiring();

    /** It is free, or what is left of it. */
    void freed(Optional<String> leftOver);

    /** The session went back. */
    void wentBack(String reason);
  }

  /**
   * @param follows whether the session follows the configured policy afterwards
   */
  SwapTarget(Session session, Binding binding, boolean follows, Swaps swaps, SwapEnd end) {
    this.session = session;
    this.swaps = swaps;
    this.end = end;
    from = session.policy().spec().toString();
    candidate = new Active(binding, follows);
  }

  Session session() {
    return session;
  }

  Active candidate() {
    return candidate;
  }

  boolean changed() {
    return changed;
  }

  /** Whether the engine owns the session's cache, so that other threads may read it. */
  boolean paged() {
    return session.paged().isPresent();
  }

  SwapFigures figures() {
    return new SwapFigures(
        session.id(),
        from,
        changed,
        token,
        builtTokens,
        builtBytes,
        Duration.ofNanos(buildNanos),
        pauseTokens,
        Duration.ofNanos(pauseNanos),
        indexBytes,
        freedBytes,
        measured);
  }

  void measured(SwapFigures.Measured found) {
    measured = Optional.of(found);
  }

  /** The snapshot that the indexes were brought up to last. */
  Optional<CacheSnapshot> snapshot() {
    return Optional.ofNullable(snapshot);
  }

  /** Takes a snapshot and lets the indexes follow; whoever has the session calls it. */
  void look() {
    PagedCache cache = session.paged().orElseThrow();
    CacheSnapshot fresh = cache.snapshot();
    forgetSnapshot();
    snapshot = fresh;
    decoding = session.phaseNow() == Session.Phase.DECODE;
    for (int layer = 0; layer < session.shape().layers(); layer++) {
      candidate.decode(layer).follow(fresh, layer);
      if (!candidate.decodesAsItReads(layer)) {
        candidate.prefill(layer).follow(fresh, layer);
      }
    }
  }

  void forgetSnapshot() {
    if (snapshot != null) {
      snapshot.close();
      snapshot = null;
    }
  }

  /** Whether the index that decodes has to be there at the change. */
  boolean needsIndex(int layer) {
    return decoding || candidate.decodesAsItReads(layer);
  }

  /** Notes where the session stands. */
  void decoding(boolean now) {
    decoding = now;
  }

  /**
   * Brings one piece of a layer's tokens in.
   *
   * @return how many are still missing
   */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes, others look
  int build(int layer, KvView view, int most) {
    LayerIndex index = candidate.decode(layer);
    int before = index.missing(view);
    if (before == 0) {
      return 0;
    }
    long start = System.nanoTime();
    int missing = index.advance(view, most);
    buildNanos += System.nanoTime() - start;
    count(index, view, before - missing);
    return missing;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes, others look
  private void count(LayerIndex index, KvView view, int tokens) {
    builtTokens += tokens;
    if (index.kernel().plan() instanceof LayerPlan.Sparse sparse
        && index.kernel().accepted().indexBytesPerToken() > 0) {
      boolean values = !(sparse.tail() instanceof Tail.None);
      builtBytes += CacheSnapshot.bytes(view, tokens, values);
    }
  }

  /**
   * Makes the change; the calling thread has the session, between two steps.
   *
   * @return whether it was made; else too much is missing, and another round has to bring it in
   */
  boolean change(Swap swap, int graceTokens) {
    long start = System.nanoTime();
    if (paged()) {
      look();
    } else {
      decoding = session.phaseNow() == Session.Phase.DECODE;
    }
    int layers = session.shape().layers();
    long late = 0;
    for (int layer = 0; layer < layers; layer++) {
      if (needsIndex(layer)) {
        int missing = candidate.decode(layer).missing(session.view(layer));
        if (missing > MOST_AT_ONCE) {
          return false;
        }
        late += missing;
      }
    }
    for (int layer = 0; layer < layers && late > 0; layer++) {
      if (needsIndex(layer)) {
        candidate.decode(layer).advance(session.view(layer), MOST_AT_ONCE);
      }
    }
    if (!swap.commit()) {
      return false;
    }
    token = session.tokens();
    indexBytes = candidate.bytes();
    pauseTokens = late;
    changed = true;
    session.running().change(candidate, graceTokens, this);
    pauseNanos = System.nanoTime() - start;
    return true;
  }

  /** Frees the candidate of a swap that came to nothing, and what it held on to. */
  void close() {
    forgetSnapshot();
    if (!changed) {
      swaps.free(candidate);
    }
  }

  @Override
  public void stays(Active former) {
    retire(former);
  }

  @Override
  public void wentBack(Active left, String reason) {
    end.wentBack(reason);
    retire(left);
  }

  private void retire(Active old) {
    end.draining();
    swaps.later(
        () -> {
          end.retiring();
          long bytes = old.bytes();
          Optional<String> leftOver = swaps.free(old);
          freedBytes = bytes;
          end.freed(leftOver);
        });
  }

  @Override
  public void closed() {
    swaps.later(() -> end.freed(Optional.empty()));
  }
}
