package dev.adamas.engine;

import dev.adamas.api.LayerPlan;
import dev.adamas.api.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a session runs.
 *
 * @param policy the policy's spec
 * @param layers per layer
 */
public record SessionDescription(String policy, List<Layer> layers) {

  /** Copies {@code layers}. */
  public SessionDescription {
    layers = List.copyOf(layers);
  }

  /**
   * One layer while decoding.
   *
   * @param layer from 0
   * @param plan what it does
   * @param backend where it runs, {@code id@version}
   * @param fused kinds of stage that run inside the backend's kernel
   * @param indexBytesPerToken bytes of index per cached token, at most
   * @param fallbacks why backends that configuration names earlier do not run it
   * @param prefillBackend where it runs during prefill
   */
  public record Layer(
      int layer,
      LayerPlan plan,
      String backend,
      Set<Stage.Kind> fused,
      double indexBytesPerToken,
      List<String> fallbacks,
      String prefillBackend) {

    /** Copies the collections. */
    public Layer {
      fused = Set.copyOf(fused);
      fallbacks = List.copyOf(fallbacks);
    }

    private String text() {
      return plan
          + " on "
          + backend
          + (fused.isEmpty()
              ? ""
              : new TreeSet<>(fused)
                  .stream()
                      .map(kind -> kind.name().toLowerCase(java.util.Locale.ROOT))
                      .collect(Collectors.joining(", ", ", fused: ", "")))
          + (fallbacks.isEmpty() ? "" : ", because of " + String.join(" ", fallbacks))
          + ", prefill on "
          + prefillBackend;
    }
  }

  /** What a session with a binding runs. */
  static SessionDescription of(Binding binding) {
    List<Layer> layers = new ArrayList<>();
    for (int layer = 0; layer < binding.shape().layers(); layer++) {
      BoundKernel kernel = binding.decode().get(layer);
      layers.add(
          new Layer(
              layer,
              kernel.plan(),
              kernel.backend().name(),
              kernel.accepted().fused(),
              kernel.accepted().indexBytesPerToken(),
              kernel.rejections(),
              binding.prefill().get(layer).backend().name()));
    }
    return new SessionDescription(binding.policy().spec().toString(), layers);
  }

  /** One line per run of equal layers. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(policy);
    for (int first = 0, next; first < layers.size(); first = next) {
      String line = layers.get(first).text();
      for (next = first + 1; next < layers.size() && layers.get(next).text().equals(line); ) {
        next++;
      }
      text.append("\n  layer")
          .append(next - first == 1 ? " " + first : "s " + first + "-" + (next - 1))
          .append(": ")
          .append(line);
    }
    return text.toString();
  }
}
