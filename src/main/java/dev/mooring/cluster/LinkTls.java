package dev.mooring.cluster;

/**
 * TLS between nodes, both ways: every node shows its certificate, which the authority must have signed. Files in PEM;
 * all are empty without TLS.
 */
public record LinkTls(String certfile, String keyfile, String cacertfile) {
    public static final LinkTls NONE = new LinkTls("", "", "");

    public boolean isEnabled() {
        return !certfile.isEmpty();
    }
}
