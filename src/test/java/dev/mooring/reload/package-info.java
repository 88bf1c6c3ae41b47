/** The configuration is read again while the broker runs. */
@org.jspecify.annotations.NullUnmarked
package dev.mooring.reload;
