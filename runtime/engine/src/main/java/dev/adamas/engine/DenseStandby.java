package dev.adamas.engine;

import dev.adamas.api.KvView;

/** Dense attention of one session, for layers and tokens at which its policy failed. */
final class DenseStandby {

  private final Binding binding;
  private final LayerIndex[] indexes;

  /**
   * @param binding dense on every layer, acquired for this
   */
  DenseStandby(Binding binding) {
    this.binding = binding;
    indexes = new LayerIndex[binding.shape().layers()];
    for (int layer = 0; layer < indexes.length; layer++) {
      indexes[layer] = new LayerIndex(binding.decode().get(layer));
    }
  }

  Binding binding() {
    return binding;
  }

  LayerIndex index(int layer) {
    return indexes[layer];
  }

  void truncate(int layer, KvView view, int length) {
    indexes[layer].truncate(view, length);
  }

  void drop() {
    for (LayerIndex index : indexes) {
      index.drop();
    }
  }
}
