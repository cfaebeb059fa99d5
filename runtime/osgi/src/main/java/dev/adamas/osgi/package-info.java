/**
 * Plugins as OSGi bundles: {@link dev.adamas.osgi.OsgiContainer} starts or adopts a framework and
 * feeds engines with the providers of its bundles.
 *
 * <pre>{@code
 * try (OsgiContainer container = OsgiContainer.start(OsgiContainer.Options.defaults());
 *     Engine engine = Engine.builder()
 *         .source(ProviderSource.serviceLoader(loader)) // the plugins of the path, too
 *         .source(container.source())
 *         .build()) {
 *   long mine = container.install(Path.of("mine-1.0.jar"));
 *   container.update(mine, Path.of("mine-1.1.jar"));
 *   container.uninstall(mine);
 * }
 * }</pre>
 */
package dev.adamas.osgi;
