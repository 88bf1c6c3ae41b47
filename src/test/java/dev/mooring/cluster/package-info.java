/** Links and replicas: pure, over real sockets, and in a simulation with everything that may go wrong between nodes. */
package dev.mooring.cluster;
