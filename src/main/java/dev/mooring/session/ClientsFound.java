package dev.mooring.session;

import dev.mooring.bus.LocalBody;
import java.util.List;

/** The answer to {@link ClientsQuery}; those that are not there are left out. */
public record ClientsFound(List<ClientInfo> clients) implements LocalBody {}
