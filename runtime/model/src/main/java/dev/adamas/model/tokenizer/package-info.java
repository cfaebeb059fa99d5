/**
 * Text to tokens and back, from the vocabulary in a GGUF file.
 *
 * <p>Two families cover the models that the decoder knows. <b>Byte-level BPE</b> (GPT-2, Llama 3,
 * Qwen, SmolLM) cuts text into words by a pre-tokenizer, writes each word as bytes, and joins
 * neighbours in the order of a list of merges (Sennrich et al., arXiv 1508.07909).
 * <b>SentencePiece</b> (Llama 2, Mistral; Kudo and Richardson, arXiv 1808.06226) has no words:
 * spaces become U+2581, and over the whole text the neighbours whose union has the highest score
 * are joined, with single bytes for what the vocabulary lacks.
 *
 * <p>The tokens are exactly those of llama.cpp, because a model that was trained on other tokens
 * than it is given answers worse, and silently so.
 */
package dev.adamas.model.tokenizer;
