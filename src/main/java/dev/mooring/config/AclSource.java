package dev.mooring.config;

/** Somebody who is asked for the rules of clients. Sealed, so that whoever makes them has to know every kind. */
public sealed interface AclSource {
    /** Unique among the sources. */
    String name();

    /** @param authorization empty for none, a secret */
    record Http(String name, String url, String authorization, String cacertfile, int timeoutMs, int concurrencyMax)
            implements AclSource {
        /** Without the secret: this may be logged. */
        @Override
        public String toString() {
            return "Http[" + name + " " + url + "]";
        }
    }

    record Redis(String name, String pool, String aclKey) implements AclSource {}

    /** Table {@code mqtt_acl} of a pool. */
    record DynamoDb(String name, String pool) implements AclSource {}
}
