package com.example.blocked;

import dev.adamas.tck.Components;
import java.util.List;

/** The plugin beside the stages that its defaults name. */
final class Plugin {

  static final Components COMPONENTS = Components.builtIn().with(List.of(new BlockedProvider()));

  private Plugin() {}
}
