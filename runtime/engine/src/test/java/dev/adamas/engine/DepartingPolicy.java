package dev.adamas.engine;

import dev.adamas.api.AttentionPolicy;
import dev.adamas.api.ComponentSpec;
import dev.adamas.api.LayerPlan;
import dev.adamas.api.ModelShape;
import java.io.IOException;
import java.io.InputStream;

/** A policy that can be loaded by a class loader of its own, as a plugin's is. */
public final class DepartingPolicy implements AttentionPolicy {

  @Override
  public ComponentSpec spec() {
    return ComponentSpec.of("departing", 1);
  }

  @Override
  public LayerPlan plan(int layer, ModelShape shape) {
    return new LayerPlan.Window(2, 20);
  }

  /** Made by a class that a new loader has defined. */
  static AttentionPolicy loadedAnew() throws ReflectiveOperationException {
    ClassLoader loader =
        new ClassLoader(DepartingPolicy.class.getClassLoader()) {
          @Override
          protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.equals(DepartingPolicy.class.getName())) {
              return super.loadClass(name, resolve);
            }
            Class<?> known = findLoadedClass(name);
            if (known != null) {
              return known;
            }
            try (InputStream in =
                DepartingPolicy.class.getResourceAsStream("DepartingPolicy.class")) {
              byte[] bytes = in.readAllBytes();
              return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
              throw new ClassNotFoundException(name, e);
            }
          }
        };
    return (AttentionPolicy)
        loader.loadClass(DepartingPolicy.class.getName()).getConstructor().newInstance();
  }
}
