package dev.mooring.dynamodb;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On tests that use {@link Dynalite}. {@link NeedsNodeFilter} leaves them out, and says so, where {@code node} or
 * {@code npm} is not on the PATH: then the rest can be checked with nothing but a JDK.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
public @interface NeedsNode {}
