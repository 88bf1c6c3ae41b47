package dev.mooring.dynamodb;

import java.io.File;
import java.lang.reflect.AnnotatedElement;
import java.util.Arrays;
import java.util.List;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.PostDiscoveryFilter;

/** Leaves out what {@link NeedsNode} where there is none. Found by the JUnit platform through META-INF/services. */
public final class NeedsNodeFilter implements PostDiscoveryFilter {
    private static final List<String> MISSING =
            List.of("node", "npm").stream().filter(p -> !isOnPath(p)).toList();

    static {
        if (!MISSING.isEmpty()) {
            System.err.println("[WARNING] tests on DynamoDB are left out, for want of " + String.join(" and ", MISSING)
                    + " on the PATH");
        }
    }

    @Override
    public FilterResult apply(TestDescriptor test) {
        return FilterResult.includedIf(MISSING.isEmpty() || !needsNode(test), () -> "", () -> "no Node.js");
    }

    private static boolean needsNode(TestDescriptor test) {
        return test.getSource().map(NeedsNodeFilter::isMarked).orElse(false)
                || test.getParent().map(NeedsNodeFilter::needsNode).orElse(false);
    }

    private static boolean isMarked(TestSource source) {
        AnnotatedElement marked = source instanceof ClassSource c
                ? c.getJavaClass()
                : source instanceof MethodSource m ? m.getJavaMethod() : null;
        return marked != null && marked.isAnnotationPresent(NeedsNode.class);
    }

    private static boolean isOnPath(String program) {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> new File(folder, program).canExecute());
    }
}
