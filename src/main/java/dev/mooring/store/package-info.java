/** Where state is kept: the store interface, its operations, and the verticle that bounds and orders them. */
@NullMarked
package dev.mooring.store;

import org.jspecify.annotations.NullMarked;
