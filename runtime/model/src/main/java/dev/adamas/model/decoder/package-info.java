/**
 * The forward pass of Llama-family decoders (Llama 1 to 3, SmolLM2, Mistral, Qwen 2 and 3) over the
 * weights of a GGUF file, with attention left to whoever holds the sequence.
 */
package dev.adamas.model.decoder;
