package dev.adamas.it.containers;

import dev.adamas.engine.Pins;
import java.nio.file.Path;

/** A folder of plugins whose jars have a services file only. */
class PlainJarDirectoryTest extends ContainerContract {

  @Override
  Container open(Path folder, Pins pins) {
    return DirectoryContainer.open(folder, DirectoryContainer.QUICK.pins(pins));
  }

  @Override
  byte[] jar(PluginSource source) {
    return PluginJar.plain(source);
  }
}
