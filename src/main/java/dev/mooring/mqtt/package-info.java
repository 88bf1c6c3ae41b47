/**
 * Sockets to values and back: the only package that sees Netty.
 *
 * <p><b>What is made for each message.</b> A PUBLISH: its {@code Packet.Publish}. If somebody is to have it: the
 * {@code Message} with its id and a copy of the payload, and at QoS 1 and 2 the {@code Publishing.Answer}. For each
 * session that gets it at QoS 1 or 2: a {@code Delivery}. If one of these sessions is durable: the {@code Enqueue} with
 * its entries, a {@code PendingPublish}, and for each of them {@code Sent} and {@code Dequeue}, with what
 * {@code Cancelling} notes of them. An acknowledgement makes nothing. Lists and batches are made for each turn of a
 * loop, not for each message.
 *
 * <p>With a payload of 256 bytes this is 416 bytes for a message of QoS 0; at QoS 1 it is 504, and 48 for each further
 * session that gets it; with a durable session about 880, what its store makes not counted. {@code GarbageTest}
 * measures it.
 */
@NullMarked
package dev.mooring.mqtt;

import org.jspecify.annotations.NullMarked;
