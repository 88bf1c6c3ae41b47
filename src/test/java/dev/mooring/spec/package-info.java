/**
 * The standard as tests: one class per chapter of MQTT 5.0 and 3.1.1, one method per normative statement, its id in the
 * display name. {@link dev.mooring.spec.RawClient} speaks bytes and shares no code with the broker.
 */
package dev.mooring.spec;
