/**
 * Tests of the packaged broker: {@code target/mooring.jar} as a process of its own, with a folder and ports of its own,
 * killed and started again; clients are libraries that others use, and {@link dev.mooring.it.PacketClient} where single
 * packets matter.
 */
package dev.mooring.it;
