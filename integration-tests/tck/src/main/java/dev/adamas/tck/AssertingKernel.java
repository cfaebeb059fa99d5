package dev.adamas.tck;

import dev.adamas.api.Kernel;
import dev.adamas.api.KvView;
import dev.adamas.api.SelectionIndex;
import dev.adamas.api.StepProbe;
import dev.adamas.api.Support;
import dev.adamas.tck.lab.Expect;
import java.lang.foreign.Arena;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Checks every call of a kernel, before and after. */
final class AssertingKernel implements Kernel {

  private final Kernel kernel;
  private final String name;
  private final AtomicReference<@Nullable Thread> caller = new AtomicReference<>();
  private volatile boolean closed;

  AssertingKernel(Kernel kernel, String name) {
    this.kernel = kernel;
    this.name = name;
  }

  /** An index that remembers whose it is. */
  private record Index(AssertingKernel owner, SelectionIndex index) implements SelectionIndex {
    @Override
    public int length() {
      return index.length();
    }

    @Override
    public long generation() {
      return index.generation();
    }

    @Override
    public long bytes() {
      return index.bytes();
    }
  }

  @Override
  public Support.Accepted accepted() {
    return kernel.accepted();
  }

  @Override
  public SelectionIndex open(Arena arena) {
    checkOpen("open");
    SelectionIndex index = kernel.open(arena);
    Expect.that(
        index.length() == 0,
        "%s opened an index of %d tokens; it starts empty.",
        name,
        index.length());
    return new Index(this, index);
  }

  @Override
  public void append(KvView cache, SelectionIndex selectionIndex, int from, int to) {
    Index index = own(selectionIndex);
    Expect.that(
        to >= from && to <= cache.length(),
        "The host appends tokens [%d, %d) of a cache of %d tokens.",
        from,
        to,
        cache.length());
    during("append", cache, view -> kernel.append(view, index.index, from, to));
    Expect.that(
        index.length() == to && index.generation() == cache.generation(),
        "%s: after append up to token %d the index has %d tokens of generation %d.",
        name,
        to,
        index.length(),
        index.generation());
  }

  @Override
  public void truncate(KvView cache, SelectionIndex selectionIndex, int length) {
    Index index = own(selectionIndex);
    int before = index.length();
    during("truncate", cache, view -> kernel.truncate(view, index.index, length));
    Expect.that(
        index.length() == Math.min(before, length) && index.generation() == cache.generation(),
        "%s: after truncate to %d tokens the index has %d tokens of generation %d.",
        name,
        length,
        index.length(),
        index.generation());
  }

  private interface Call {
    void on(KvView view);
  }

  private void during(String what, KvView cache, Call call) {
    enter(what);
    AssertedView view = new AssertedView(cache, name);
    long before = view.checksum();
    try {
      call.on(view);
    } finally {
      view.end(what);
      leave();
    }
    Expect.that(view.checksum() == before, "%s wrote into the cache in %s.", name, what);
  }

  @Override
  public void attend(Batch batch, StepProbe probe) {
    for (int slot = 0; slot < batch.size(); slot++) {
      own(batch.index(slot));
    }
    enter("attend");
    AssertedBatch watched = new AssertedBatch(batch, name, this::unwrapped);
    AssertedProbe watchedProbe = new AssertedProbe(probe, batch, accepted().plan(), name);
    try {
      kernel.attend(watched, watchedProbe);
    } finally {
      watched.end();
      leave();
    }
    watched.check();
    watchedProbe.check();
  }

  private SelectionIndex unwrapped(SelectionIndex index) {
    return own(index).index;
  }

  private Index own(SelectionIndex index) {
    if (index instanceof Index own && Objects.equals(own.owner, this)) {
      return own;
    }
    throw new IllegalArgumentException(
        "The index was opened by another kernel than this one of " + name + ".");
  }

  private void enter(String call) {
    checkOpen(call);
    Thread other = caller.compareAndExchange(null, Thread.currentThread());
    Expect.that(
        other == null,
        "The host called %s of a kernel of %s from thread %s while thread %s was in it.",
        call,
        name,
        Thread.currentThread().getName(),
        other == null ? "none" : other.getName());
  }

  private void leave() {
    caller.set(null);
  }

  private void checkOpen(String call) {
    Expect.that(!closed, "The host called %s of a kernel of %s after it closed it.", call, name);
  }

  @Override
  public void close() {
    closed = true;
    kernel.close();
  }
}
