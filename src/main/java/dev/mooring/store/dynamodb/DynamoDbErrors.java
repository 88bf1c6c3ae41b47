package dev.mooring.store.dynamodb;

import dev.mooring.store.StoreReply;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.dynamodb.model.CancellationReason;
import software.amazon.awssdk.services.dynamodb.model.TransactionCanceledException;

/**
 * What an error of DynamoDB, or of the way to it, means for an operation. Whatever is not known to be for good is tried
 * again: what failed for a passing reason must not be lost.
 */
final class DynamoDbErrors {
    /** Codes of errors that no repetition heals. */
    private static final Set<String> FOR_GOOD = Set.of(
            "ValidationException",
            "ResourceNotFoundException",
            "AccessDeniedException",
            "ConditionalCheckFailedException",
            "ItemCollectionSizeLimitExceededException");

    private static final Set<String> THROTTLED = Set.of(
            "ProvisionedThroughputExceededException",
            "ThrottlingException",
            "RequestLimitExceeded",
            "LimitExceededException",
            "TooManyRequestsException");

    private static final Set<String> EXPIRED =
            Set.of("ExpiredTokenException", "ExpiredToken", "RequestExpired", "RequestTimeTooSkewed");

    private static final Set<String> UNKNOWN_KEY = Set.of(
            "UnrecognizedClientException",
            "InvalidSignatureException",
            "InvalidClientTokenId",
            "IncompleteSignatureException",
            "MissingAuthenticationTokenException",
            "MissingAuthenticationToken");

    private final String where;

    DynamoDbErrors(String where) {
        this.where = where;
    }

    /**
     * @param action DynamoDB's name of the call
     * @param table its full name
     */
    CallFailed of(Throwable thrown, String action, String table) {
        Throwable cause = thrown;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        String call = where + ": " + action + " on " + table;
        if (!(cause instanceof AwsServiceException answered)) {
            return new CallFailed(new StoreReply.Failed(true, call + ": " + unreached(cause)), "");
        }
        String code = code(answered);
        boolean isForGood = FOR_GOOD.contains(code) || isRefused(answered);
        String text = call + ": " + text(answered, code) + advice(code, action, table);
        return new CallFailed(new StoreReply.Failed(!isForGood, text), code);
    }

    static String code(AwsServiceException e) {
        String code = e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorCode();
        return code == null ? "" : code;
    }

    /** A transaction that was cancelled because of a condition; any other reason passes. */
    private static boolean isRefused(AwsServiceException e) {
        if (!(e instanceof TransactionCanceledException cancelled)) {
            return false;
        }
        List<CancellationReason> reasons = cancelled.cancellationReasons();
        return reasons.stream()
                .map(CancellationReason::code)
                .allMatch(code -> code == null
                        || code.equals("None")
                        || code.equals("ConditionalCheckFailed")
                        || code.equals("ValidationError"));
    }

    private static String text(AwsServiceException e, String code) {
        String message =
                e.awsErrorDetails() == null ? null : e.awsErrorDetails().errorMessage();
        String name = code.isEmpty() ? "status " + e.statusCode() : code;
        return message == null || message.isEmpty() ? name : name + ", " + message;
    }

    private static String unreached(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String top = line(cause);
        String bottom = line(root);
        if (top.contains("Unable to load credentials") || top.contains("credentials")) {
            return "there are no credentials; give the pool aws_access_key_id and aws_secret_access_key, or the process"
                    + " a role, a profile or AWS_ACCESS_KEY_ID";
        }
        return top.equals(bottom) ? top : top + " (" + bottom + ")";
    }

    private static String line(Throwable cause) {
        String text = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return text.lines().findFirst().orElse("");
    }

    /** What a person can do about it. */
    private static String advice(String code, String action, String table) {
        if (THROTTLED.contains(code)) {
            return "; the table is asked for more than it may do: it is tried again, raise its capacity";
        }
        if (EXPIRED.contains(code)) {
            return "; the credentials have expired, or this machine's clock is wrong: renew them";
        }
        if (UNKNOWN_KEY.contains(code)) {
            return "; check aws_access_key_id and aws_secret_access_key of the pool";
        }
        return switch (code) {
            case "AccessDeniedException" -> "; give the pool's user dynamodb:" + action + " on table " + table;
            case "ResourceNotFoundException" -> "; create table " + table + ", or start with create_tables";
            default -> "";
        };
    }
}
