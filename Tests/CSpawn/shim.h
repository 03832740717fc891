// What starting programs needs and the C library shows to GNU sources only. `_GNU_SOURCE` cannot be defined here: it changes
// structures that Swift's Glibc module has already seen, so the functions are declared by hand.
#pragma once

#include <fcntl.h>
#include <spawn.h>

extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *_Nonnull actions, int from);
extern int posix_spawn_file_actions_addchdir_np(
    posix_spawn_file_actions_t *_Nonnull actions, const char *_Nonnull path);
extern int pipe2(int *_Nonnull ends, int flags);

// `POSIX_SPAWN_SETSID` of <spawn.h>.
static const short trunkline_spawn_set_session = 0x80;
