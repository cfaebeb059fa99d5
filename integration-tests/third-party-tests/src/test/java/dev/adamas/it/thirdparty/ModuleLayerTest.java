package dev.adamas.it.thirdparty;

import java.nio.file.Path;

/** The plugin in a watched folder. */
class ModuleLayerTest extends GuestContract {

  @Override
  Place open(Path folder) {
    return FolderPlace.open(folder);
  }
}
