package dev.adamas.model;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.engine.Session;
import dev.adamas.model.decoder.Attention;
import dev.adamas.model.decoder.Decoder;
import dev.adamas.model.decoder.LogitsSink;
import dev.adamas.model.decoder.ModelException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * One text in progress: a cache, a policy, and the logits of what may come next.
 *
 * <p>Belongs to one thread at a time. A call that fails leaves the sequence as it was before.
 */
public final class Sequence implements AutoCloseable {
  private final Decoder decoder;
  private final Session session;
  private final SessionAttention attention;
  private final float[] logits;

  Sequence(Decoder decoder, Session session) {
    this.decoder = decoder;
    this.session = session;
    attention = new SessionAttention(session);
    logits = new float[decoder.config().vocabulary()];
  }

  /** Reads tokens, as the first or a later part of the prompt; {@link #logits} follow the last. */
  public void prefill(int... tokens) {
    prefill(tokens, (IntConsumer) done -> {});
  }

  /**
   * Reads tokens with dense attention, or as the engine is configured. Decoding with the policy
   * begins with the next {@link #decode}.
   *
   * @param tokens at least one
   * @param progress hears after each chunk how many tokens have been read; an exception it throws
   *     cancels the call
   * @throws ModelException if a token does not exist or the context would be exceeded
   * @throws dev.adamas.engine.CacheMemoryException if the cache would not fit in memory, before
   *     anything is computed
   */
  public void prefill(int[] tokens, IntConsumer progress) {
    int before = begin(tokens);
    try {
      int at = 0;
      for (; at + decoder.chunk() < tokens.length; at += decoder.chunk()) {
        decoder.feed(tokens, at, decoder.chunk(), before + at, attention);
        progress.accept(at + decoder.chunk());
      }
      int rest = tokens.length - at;
      decoder.feedEnd(tokens, at, rest, before + at, attention, logits);
      progress.accept(tokens.length);
    } catch (RuntimeException | Error e) {
      session.truncate(before);
      throw e;
    } finally {
      session.endPrefill();
    }
  }

  /**
   * Reads tokens and hands out the logits after each of them, as perplexity needs them. {@link
   * #logits} are those of the last token.
   *
   * @param sink takes the logits, with the token's index in {@code tokens}
   */
  public void prefill(int[] tokens, LogitsSink sink) {
    int before = begin(tokens);
    try {
      for (int at = 0; at < tokens.length; at += decoder.chunk()) {
        int count = Math.min(decoder.chunk(), tokens.length - at);
        decoder.feedAll(
            tokens,
            at,
            count,
            before + at,
            attention,
            (index, row) -> {
              if (index == tokens.length - 1) {
                System.arraycopy(row, 0, logits, 0, logits.length);
              }
              sink.accept(index, row);
            });
      }
    } catch (RuntimeException | Error e) {
      session.truncate(before);
      throw e;
    } finally {
      session.endPrefill();
    }
  }

  private int begin(int[] tokens) {
    int before = session.length();
    if (tokens.length == 0) {
      throw new ModelException("The prompt has no tokens; give at least one.");
    }
    checkRoom(before, tokens.length);
    session.reserve(before + tokens.length);
    session.beginPrefill();
    return before;
  }

  private void checkRoom(int before, int more) {
    int context = decoder.config().context();
    if (more > context - before) {
      throw new ModelException(
          before == 0
              ? "The prompt has %d tokens, but the model's context is %d; shorten it."
                  .formatted(more, context)
              : "The sequence has %d tokens and would get %d more, but the model's context is %d; shorten or truncate it."
                  .formatted(before, more, context));
    }
  }

  /**
   * Appends one token, attending with the policy; {@link #logits} are those of the next.
   *
   * @throws ModelException if the token does not exist or the context is full
   */
  public void decode(int token) {
    int before = session.length();
    checkRoom(before, 1);
    try {
      decoder.step(token, before, attention, logits);
    } catch (RuntimeException | Error e) {
      session.truncate(before);
      throw e;
    }
  }

  /**
   * The logits of the next token, one per vocabulary entry; all zero before the first {@link
   * #prefill}. The array is the sequence's own: the next call overwrites it.
   */
  public float[] logits() {
    return logits;
  }

  /** Tokens so far. */
  public int length() {
    return session.length();
  }

  /** Forgets the tokens from {@code length} on. {@link #logits} stay; decode or prefill next. */
  public void truncate(int length) {
    session.truncate(length);
  }

  /**
   * Sets memory aside for so many tokens in total.
   *
   * @throws ModelException if that is more than the model's context
   * @throws dev.adamas.engine.CacheMemoryException if there is not enough, saying what fits
   */
  public void reserve(int tokens) {
    checkRoom(0, tokens);
    session.reserve(tokens);
  }

  /** A second sequence that goes on from here; the cache so far is shared. */
  public Sequence fork() {
    return forked(session.fork());
  }

  /** The same with another policy: one prompt, read once, serves many. */
  public Sequence fork(AttentionPolicy policy) {
    return forked(session.fork(policy));
  }

  private Sequence forked(Session fork) {
    Sequence sequence = new Sequence(decoder, fork);
    System.arraycopy(logits, 0, sequence.logits, 0, logits.length);
    return sequence;
  }

  /** The engine's side of it: policy, statistics, what runs where. */
  public Session session() {
    return session;
  }

  /** Frees the cache, as far as no fork shares it. */
  @Override
  public void close() {
    session.close();
  }

  /**
   * Lets somebody look at every attention of this sequence from now on; forks are not watched.
   *
   * @param watcher replaces the one before
   */
  public void watch(AttentionWatcher watcher) {
    attention.watcher = Optional.of(watcher);
  }

  /** Keeps the decoder free of the engine: it would run on any attention. */
  private static final class SessionAttention implements Attention {
    private final Session session;
    private Optional<AttentionWatcher> watcher = Optional.empty();

    SessionAttention(Session session) {
      this.session = session;
    }

    @Override
    public void append(int layer, MemorySegment keys, MemorySegment values, int tokens) {
      session.append(layer, keys, values, tokens);
    }

    @Override
    public void attend(int layer, int rows, MemorySegment queries, MemorySegment output) {
      if (watcher.isEmpty()) {
        session.attend(layer, rows, queries, output);
      } else {
        session.attend(layer, rows, queries, output, watcher.get().attending(layer));
        watcher.get().attended(layer, rows, queries, output);
      }
    }
  }
}
