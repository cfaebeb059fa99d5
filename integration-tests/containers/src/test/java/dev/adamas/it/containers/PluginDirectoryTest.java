package dev.adamas.it.containers;

import dev.adamas.engine.Pins;
import java.nio.file.Path;

/** A folder of plugins whose jars have module descriptors. */
class PluginDirectoryTest extends ContainerContract {

  @Override
  Container open(Path folder, Pins pins) {
    return DirectoryContainer.open(folder, DirectoryContainer.QUICK.pins(pins));
  }

  @Override
  byte[] jar(PluginSource source) {
    return PluginJar.module(source);
  }
}
