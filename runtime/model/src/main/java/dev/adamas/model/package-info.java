/**
 * The reference host: a GGUF model whose every attention step goes through the engine.
 *
 * <p>A {@link dev.adamas.model.Model} is weights and tokenizer, loaded once; a {@link
 * dev.adamas.model.Sequence} is one text in progress, with its cache and policy; a {@link
 * dev.adamas.model.Sampler} chooses the next token from a sequence's logits.
 *
 * <pre>{@code
 * try (Engine engine = Engine.create(EngineConfig.defaults());
 *     Model model = Model.load(Path.of("model.gguf"), engine);
 *     Sequence sequence = model.open(engine.policy("adamas-dot(budget=64)"))) {
 *   sequence.prefill(model.tokenizer().encode("Once upon a time", true, false));
 *   Sampler sampler = Sampler.of(SamplerSettings.greedy());
 *   StreamingDetokenizer text = model.tokenizer().detokenizer(true);
 *   for (int i = 0; i < 100; i++) {
 *     int token = sampler.next(sequence.logits());
 *     if (model.tokenizer().endsGeneration(token)) {
 *       break;
 *     }
 *     System.out.print(text.append(token));
 *     sequence.decode(token);
 *   }
 * }
 * }</pre>
 */
package dev.adamas.model;
