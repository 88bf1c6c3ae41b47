/** The configuration file: its values, its reader, its errors. */
@NullMarked
package dev.mooring.config;

import org.jspecify.annotations.NullMarked;
