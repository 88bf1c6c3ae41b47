package dev.mooring.redis;

import java.util.EnumMap;
import java.util.Map;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.PostDiscoveryFilter;

/** Leaves out what {@link Needs} where there is none. Found by the JUnit platform through META-INF/services. */
public final class NeedsFilter implements PostDiscoveryFilter {
    /** Looked for when the first test asks. */
    private static final Map<Needs.Kind, Boolean> FOUND = new EnumMap<>(Needs.Kind.class);

    @Override
    public FilterResult apply(TestDescriptor test) {
        Needs needs = needs(test);
        return FilterResult.includedIf(needs == null || isThere(needs.value()), () -> "", () -> "not here");
    }

    private static synchronized boolean isThere(Needs.Kind kind) {
        return FOUND.computeIfAbsent(kind, k -> {
            boolean there = k.isThere();
            if (!there) {
                System.err.println("[WARNING] tests on " + k + " are left out, for want of " + k.text);
            }
            return there;
        });
    }

    /** Null: nothing. */
    private static Needs needs(TestDescriptor test) {
        Needs own = test.getSource()
                .filter(ClassSource.class::isInstance)
                .map(source -> ((ClassSource) source).getJavaClass().getAnnotation(Needs.class))
                .orElse(null);
        return own == null ? test.getParent().map(NeedsFilter::needs).orElse(null) : own;
    }
}
