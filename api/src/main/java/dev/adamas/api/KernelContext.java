package dev.adamas.api;

/** What a host offers to the kernels it compiles. */
public interface KernelContext {

  /** Threads to run on. */
  Workers workers();
}
