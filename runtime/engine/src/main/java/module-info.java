/** The engine: configuration to bindings, sessions over a paged KV cache. */
@org.jspecify.annotations.NullMarked
module dev.adamas.engine {
  requires static org.jspecify;
  requires transitive dev.adamas.api;
}
