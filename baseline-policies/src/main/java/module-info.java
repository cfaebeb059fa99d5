/** The policies that Adamas is compared with: full, streaming-llm, quest, oracle. */
@org.jspecify.annotations.NullMarked
module dev.adamas.baseline {
  requires static org.jspecify;
  requires dev.adamas.api;
}
