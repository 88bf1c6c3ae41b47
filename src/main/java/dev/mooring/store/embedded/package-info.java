/** The store that needs no other process: RocksDB. */
@NullMarked
package dev.mooring.store.embedded;

import org.jspecify.annotations.NullMarked;
