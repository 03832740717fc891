// The system headers of Linux that Swift's Glibc module leaves out.
#pragma once

#include <malloc.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

// Declared for programs that ask for all of GNU only.
int accept4(int socket, struct sockaddr *_Nullable address, socklen_t *_Nullable length, int flags);

// `prctl` is variadic, which Swift does not import.
static inline int trunkline_name_this_thread(const char *_Nonnull name) {
    return prctl(PR_SET_NAME, name, 0, 0, 0);
}
