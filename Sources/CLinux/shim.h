// The system headers of Linux that Swift's Glibc module leaves out.
#pragma once

#include <malloc.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>

// <sys/socket.h> declares it for programs that ask for all of GNU only; the address of the client is left out.
int accept4(int socket, void *_Nullable address, unsigned int *_Nullable length, int flags);

// `prctl` is variadic, which Swift does not import.
static inline int trunkline_name_this_thread(const char *_Nonnull name) {
    return prctl(PR_SET_NAME, name, 0, 0, 0);
}

// As above: no huge pages but those that are asked for.
static inline int trunkline_decline_huge_pages(void) {
    return prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
}
