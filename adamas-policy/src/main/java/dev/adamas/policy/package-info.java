/** The Adamas stages and policies. */
package dev.adamas.policy;
