/** The policies that Adamas is compared with. */
package dev.adamas.baseline;
