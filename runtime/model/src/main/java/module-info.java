/** The reference host: GGUF models, tokenizers and decoders on the engine. */
@org.jspecify.annotations.NullMarked
module dev.adamas.model {
  requires static org.jspecify;
  requires transitive dev.adamas.engine;
  requires jdk.incubator.vector;

  exports dev.adamas.model;
  exports dev.adamas.model.decoder;
  exports dev.adamas.model.gguf;
  exports dev.adamas.model.tokenizer;
}
