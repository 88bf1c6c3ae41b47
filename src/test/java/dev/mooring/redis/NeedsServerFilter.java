package dev.mooring.redis;

import java.util.EnumMap;
import java.util.Map;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.PostDiscoveryFilter;

/** Leaves out what {@link NeedsServer} where there is none. Found by the JUnit platform through META-INF/services. */
public final class NeedsServerFilter implements PostDiscoveryFilter {
    /** Looked for when the first test asks. */
    private static final Map<NeedsServer.Kind, Boolean> FOUND = new EnumMap<>(NeedsServer.Kind.class);

    @Override
    public FilterResult apply(TestDescriptor test) {
        NeedsServer needs = needs(test);
        return FilterResult.includedIf(needs == null || isThere(needs.value()), () -> "", () -> "no such server");
    }

    private static synchronized boolean isThere(NeedsServer.Kind kind) {
        return FOUND.computeIfAbsent(kind, k -> {
            boolean there = k.isThere();
            if (!there) {
                System.err.println("[WARNING] tests on " + k + " are left out, for want of " + k.text);
            }
            return there;
        });
    }

    /** Null: nothing. */
    private static NeedsServer needs(TestDescriptor test) {
        NeedsServer own = test.getSource()
                .filter(ClassSource.class::isInstance)
                .map(source -> ((ClassSource) source).getJavaClass().getAnnotation(NeedsServer.class))
                .orElse(null);
        return own == null ? test.getParent().map(NeedsServerFilter::needs).orElse(null) : own;
    }
}
