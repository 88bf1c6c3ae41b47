package dev.mooring.peer;

/** Is told who is there, and what other nodes say of themselves. Called on the context of the links; must not block. */
public interface Figures {
    /** Nobody wants to know. */
    Figures UNWANTED = new Figures() {
        @Override
        public void nodes(Iterable<String> names) {}

        @Override
        public void figure(String node, String name, String value) {}
    };

    /** All that are there, this one included, in order. */
    void nodes(Iterable<String> names);

    /** @param value empty when there is none any more */
    void figure(String node, String name, String value);
}
