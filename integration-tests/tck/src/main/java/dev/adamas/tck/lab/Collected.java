package dev.adamas.tck.lab;

import java.lang.ref.WeakReference;

/** Tells whether an object has become free. */
public final class Collected {

  private final String name;
  private final WeakReference<Object> reference;

  /** Watches an object, which the caller forgets now. */
  public Collected(String name, Object object) {
    this.name = name;
    this.reference = new WeakReference<>(object);
  }

  /** What it was used for. */
  public String name() {
    return name;
  }

  /** Whether the garbage collector takes it within some attempts. */
  public boolean isCollected() throws InterruptedException {
    for (int attempt = 0; attempt < 10; attempt++) {
      if (reference.refersTo(null)) {
        return true;
      }
      System.gc();
      Thread.sleep(attempt * 5L);
    }
    return reference.refersTo(null);
  }
}
