// libmicrohttpd's header, and what of it Swift cannot import by itself.
#pragma once

#include <microhttpd.h>
#include <stdio.h>

// Everything a daemon is started with: stands in for the variable arguments of `MHD_start_daemon`.
struct trunkline_daemon_options {
    unsigned int flags;
    MHD_AccessHandlerCallback _Nonnull access;
    void *_Nonnull (*_Nonnull target)(void *_Nonnull, const char *_Nonnull, struct MHD_Connection *_Nonnull);
    MHD_RequestCompletedCallback _Nonnull completed;
    MHD_NotifyConnectionCallback _Nonnull connection;
    size_t (*_Nonnull unescape)(void *_Nonnull, struct MHD_Connection *_Nullable, char *_Nonnull);
    void (*_Nonnull log)(void *_Nonnull, const char *_Nonnull);
    void *_Nonnull context;
    unsigned int connections_max;
    size_t pool_size;
};

// Swift cannot be called with a `va_list`: formats the line first. The options are the logger's closure.
static inline void trunkline_log(void *_Nonnull options, const char *_Nonnull format, va_list arguments) {
    const struct trunkline_daemon_options *own = options;
    char line[512];
    vsnprintf(line, sizeof line, format, arguments);
    own->log(own->context, line);
}

// `MHD_start_daemon` is variadic. The options must live as long as the daemon, because the logger reads them.
static inline struct MHD_Daemon *_Nullable trunkline_start_daemon(struct trunkline_daemon_options *_Nonnull own) {
    return MHD_start_daemon(
        own->flags, 0, NULL, NULL, own->access, own->context,
        MHD_OPTION_EXTERNAL_LOGGER, (MHD_LogCallback)trunkline_log, own,
        MHD_OPTION_URI_LOG_CALLBACK, own->target, own->context,
        MHD_OPTION_UNESCAPE_CALLBACK, own->unescape, own->context,
        MHD_OPTION_NOTIFY_COMPLETED, own->completed, own->context,
        MHD_OPTION_NOTIFY_CONNECTION, own->connection, own->context,
        MHD_OPTION_CONNECTION_LIMIT, own->connections_max,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, own->pool_size,
        // The process ignores it, so that head and body of an answer can go in one call.
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
        MHD_OPTION_END);
}

// `MHD_get_daemon_info` is variadic: the epoll descriptor of a daemon that is driven from outside.
static inline int trunkline_epoll_descriptor(struct MHD_Daemon *_Nonnull daemon) {
    return MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

// `MHD_get_connection_info` is variadic: the descriptor of the connection's socket.
static inline int trunkline_connection_socket(struct MHD_Connection *_Nonnull connection) {
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

// As above: what NOTIFY_CONNECTION stored for the connection.
static inline void *_Nullable trunkline_connection_context(struct MHD_Connection *_Nonnull connection) {
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

// As above: the bytes of the request line and the header section, up to and with the empty line.
static inline size_t trunkline_head_size(struct MHD_Connection *_Nonnull connection) {
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
}

// `MHD_set_connection_option` is variadic: the connection's own time-out, in seconds.
static inline enum MHD_Result trunkline_set_connection_timeout(
    struct MHD_Connection *_Nonnull connection, unsigned int seconds) {
    return MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, seconds);
}

// `MHD_set_response_options` is variadic: body without chunks, ended by the close of the connection.
static inline void trunkline_set_http_1_0(struct MHD_Response *_Nonnull response) {
    MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
}

// A macro with a cast: the stream is complete.
static const ssize_t trunkline_end_of_stream = MHD_CONTENT_READER_END_OF_STREAM;
// A macro with a cast: the stream cannot go on, the connection is to be closed.
static const ssize_t trunkline_end_with_error = MHD_CONTENT_READER_END_WITH_ERROR;
// A macro with a cast: a body whose length is not known.
static const uint64_t trunkline_size_unknown = MHD_SIZE_UNKNOWN;
