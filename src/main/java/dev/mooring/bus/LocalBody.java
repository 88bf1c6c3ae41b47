package dev.mooring.bus;

/** Marks event bus bodies that stay in this process and are passed by reference; the sender lets go of them. */
public interface LocalBody {}
