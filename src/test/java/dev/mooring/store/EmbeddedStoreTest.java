package dev.mooring.store;

import dev.mooring.store.embedded.EmbeddedConfig;
import dev.mooring.store.embedded.EmbeddedStore;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedStoreTest extends StoreContract {
    @TempDir
    Path folder;

    @Override
    Store newStore() {
        return new EmbeddedStore(EmbeddedConfig.of(folder.resolve("store")));
    }
}
