/**
 * This node among others: who is there, links to them, and what every node knows of every other.
 *
 * <p>{@link dev.mooring.cluster.Membership} says who is there, by Vert.x clustering with Hazelcast.
 * {@link dev.mooring.cluster.Links} has a {@link dev.mooring.cluster.PeerLink} to each of them, which carries
 * {@link dev.mooring.cluster.LinkBody bodies} in order, each once. {@link dev.mooring.cluster.Replica} keeps a copy of
 * every other node's entries by such bodies. {@link dev.mooring.cluster.ClusterVerticle} owns all of it on one event
 * loop.
 */
@NullMarked
package dev.mooring.cluster;

import org.jspecify.annotations.NullMarked;
