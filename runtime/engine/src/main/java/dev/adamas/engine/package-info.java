/** The engine. */
package dev.adamas.engine;
