/**
 * Reads GGUF files, the container that llama.cpp keeps models in: metadata (typed key-value pairs)
 * followed by tensors, most of them quantised in blocks.
 *
 * <p>The file is mapped, never copied: opening a model costs a walk over its header, and a tensor
 * is a slice of the mapping. Nothing in the file is believed before it is checked, because models
 * come from strangers and downloads break off: whatever is wrong ends in one {@link
 * dev.adamas.model.gguf.GgufException} that says what and where.
 */
package dev.adamas.model.gguf;
