/** Many swaps under load, with plugins that come and go, against a run without swaps. */
package dev.adamas.cli.soak;
