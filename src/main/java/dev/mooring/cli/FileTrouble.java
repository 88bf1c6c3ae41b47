package dev.mooring.cli;

import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;

/** Why a file can't be read or written, where Java only names it. */
final class FileTrouble {
    private FileTrouble() {}

    static String why(Exception e) {
        if (e instanceof NoSuchFileException) {
            return "there is no such file or directory";
        }
        if (e instanceof AccessDeniedException) {
            return "it may not be touched by this user";
        }
        if (e instanceof CharacterCodingException) {
            return "it is no text in UTF-8";
        }
        return e instanceof FileAlreadyExistsException ? "it exists" : String.valueOf(e.getMessage());
    }
}
