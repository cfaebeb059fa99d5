package dev.adamas.model.decoder;

import dev.adamas.model.gguf.GgufFile;
import dev.adamas.model.gguf.GgufTensor;
import dev.adamas.model.gguf.TensorType;
import dev.adamas.model.tensor.Matrix;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Looks tensors up by name, checks shape and type, and remembers which ones were asked for. */
final class Tensors {
  private final GgufFile file;
  private final Set<String> used = new HashSet<>();

  Tensors(GgufFile file) {
    this.file = file;
  }

  Matrix matrix(String name, int rows, int columns) {
    return optionalMatrix(name, rows, columns).orElseThrow(() -> missing(name));
  }

  Optional<Matrix> optionalMatrix(String name, int rows, int columns) {
    return find(name, rows, columns)
        .map(tensor -> Matrix.of(tensor.type(), tensor.data(), rows, columns));
  }

  Optional<float[]> optionalVector(String name, int length) {
    return vector(name, length, false);
  }

  /** A vector, copied; empty only where it is not required. */
  Optional<float[]> vector(String name, int length, boolean required) {
    Optional<GgufTensor> tensor = find(name, 1, length);
    if (tensor.isEmpty() && required) {
      throw missing(name);
    }
    return tensor.map(
        t -> {
          float[] values = new float[length];
          t.type().decode(t.data(), 0, values, 0, length);
          return values;
        });
  }

  private Optional<GgufTensor> find(String name, int rows, int columns) {
    used.add(name);
    Optional<GgufTensor> found = file.tensor(name);
    found.ifPresent(tensor -> check(tensor, rows, columns));
    return found;
  }

  private void check(GgufTensor tensor, int rows, int columns) {
    if (tensor.columns() != columns || tensor.rows() != rows) {
      throw new ModelException(
          "%s: tensor %s has shape %s, but the model's numbers ask for %s; the file is damaged or no plain model of its architecture."
              .formatted(
                  file.name(),
                  tensor.name(),
                  tensor.shape(),
                  rows == 1 ? String.valueOf(columns) : columns + " × " + rows));
    }
    if (!tensor.type().decodable()) {
      throw new ModelException(
          "%s: tensor %s is of type %s, which cannot be decoded; convert the model to one of %s."
              .formatted(file.name(), tensor.name(), tensor.type(), TensorType.decodableNames()));
    }
  }

  /** A tensor nobody asked for would be left out of the computation without a word. */
  void refuseUnused() {
    for (GgufTensor tensor : file.tensors()) {
      if (!used.contains(tensor.name())) {
        throw new ModelException(
            "%s has a tensor %s that its architecture does not know, so its outputs would be wrong; use a plain model of that architecture."
                .formatted(file.name(), tensor.name()));
      }
    }
  }

  private ModelException missing(String name) {
    return new ModelException(
        "%s has no tensor %s; use a file that is a complete model.".formatted(file.name(), name));
  }
}
