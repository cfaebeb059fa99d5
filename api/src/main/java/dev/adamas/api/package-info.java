/**
 * What plugins implement and hosts call.
 *
 * <p>A host keeps its own KV cache. At every layer of a decode step it hands queries and a {@link
 * dev.adamas.api.KvView} of the cache to a {@link dev.adamas.api.Kernel}, which a {@link
 * dev.adamas.api.ComputeBackend} compiled from the {@link dev.adamas.api.LayerPlan} that an {@link
 * dev.adamas.api.AttentionPolicy} gave for the layer.
 *
 * <p>A policy that attends densely in the first layers and to a sliding window after them, with its
 * provider:
 *
 * {@snippet class="PolicyExample" region="policy"}
 */
package dev.adamas.api;
