package dev.mooring.rule;

/** The backends that every {@code Hooks…Test} runs on: one more constant, and all of them run on it as well. */
enum HooksTestBackend {
    EMBEDDED {
        @Override
        HooksTestStore start() {
            return new EmbeddedTestStore();
        }
    },
    REDIS {
        @Override
        HooksTestStore start() {
            return new RedisTestStore();
        }
    };

    /** Empty, and running if it is a server. */
    abstract HooksTestStore start();
}
