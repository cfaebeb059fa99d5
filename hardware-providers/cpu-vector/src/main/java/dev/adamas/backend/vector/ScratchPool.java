package dev.adamas.backend.vector;

/**
 * The scratch memory of one set of workers, one {@link Scratch} for each. A worker runs one task at
 * a time and only touches its own, so nothing is locked.
 */
final class ScratchPool {

  private final Scratch[] byWorker;

  ScratchPool(int workers) {
    byWorker = new Scratch[workers];
    for (int i = 0; i < workers; i++) {
      byWorker[i] = new Scratch();
    }
  }

  Scratch of(int worker) {
    return byWorker[worker];
  }
}
