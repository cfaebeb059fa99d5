/**
 * Runs attention policies for a host.
 *
 * <p>A host creates one {@link dev.adamas.engine.Engine} from an {@link
 * dev.adamas.engine.EngineConfig}, opens a {@link dev.adamas.engine.Session} per sequence, and
 * hands it every layer's keys, values and queries. The engine finds plugins, asks the policy for
 * each layer's plan and the backends in the configured order for a kernel, and keeps keys and
 * values in a paged cache outside of the heap, or reads the host's own through a {@link
 * dev.adamas.api.KvView}.
 *
 * <p>A complete host around some model:
 *
 * {@snippet class="HostExample" region="host"}
 *
 * <p>The policy of a sequence can be exchanged while it is decoded; {@link
 * dev.adamas.engine.Engine#swap} prepares that in the background and changes it between two tokens:
 *
 * {@snippet class="SwapExample" region="swap"}
 *
 * <p>Several sequences attend in one call through a {@link dev.adamas.engine.Batch}. Flight
 * Recorder sees {@code dev.adamas.SessionOpened}, {@code PolicyBound}, {@code BackendFallback},
 * {@code SwapState}, {@code Swap}, {@code DegradedStep}, {@code Rollback}, {@code HangingStep} and,
 * where it is enabled, {@code AttentionStep} for every layer of every step.
 */
package dev.adamas.engine;
