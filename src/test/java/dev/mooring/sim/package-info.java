/**
 * A seeded simulation of the whole broker but its sockets: clients that keep the standard, a network, event loops and a
 * store live in one thread and one virtual clock, so that a seed repeats a run exactly.
 *
 * <p>Real are the session state machine, the authority over sessions, the start from the store, the store verticle and
 * its clients, and routing. Written again, in the same order of effects, are the loop, the connection and the way of a
 * PUBLISH ({@link dev.mooring.sim.SimLoop}, {@link dev.mooring.sim.SimConnection},
 * {@link dev.mooring.sim.SimPublishPath}): they are bound to Netty and the wall clock.
 */
@org.jspecify.annotations.NullMarked
package dev.mooring.sim;
