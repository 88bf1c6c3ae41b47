/** Who may connect, publish and subscribe. */
@NullMarked
package dev.mooring.auth;

import org.jspecify.annotations.NullMarked;
