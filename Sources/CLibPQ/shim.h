// libpq, and those of its names that Swift does not import.
#pragma once

#include <libpq-fe.h>

// The fields of an error are named by character literals, which Swift does not import.
static inline const char *_Nullable trunkline_error_sqlstate(const PGresult *_Nonnull result) {
    return PQresultErrorField(result, PG_DIAG_SQLSTATE);
}

static inline const char *_Nullable trunkline_error_severity(const PGresult *_Nonnull result) {
    return PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
}

static inline const char *_Nullable trunkline_error_primary(const PGresult *_Nonnull result) {
    return PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
}

static inline const char *_Nullable trunkline_error_detail(const PGresult *_Nonnull result) {
    return PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
}

// `PQfreeNotify` is a function-like macro, which Swift does not import.
static inline void trunkline_free_notify(PGnotify *_Nonnull notification) {
    PQfreeNotify(notification);
}
