/** Sockets to values and back: the only package that sees Netty. */
@NullMarked
package dev.mooring.mqtt;

import org.jspecify.annotations.NullMarked;
