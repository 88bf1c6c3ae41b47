/** The command line: every command, its help and its exit codes. Starting the broker itself is Main's. */
@NullMarked
package dev.mooring.cli;

import org.jspecify.annotations.NullMarked;
