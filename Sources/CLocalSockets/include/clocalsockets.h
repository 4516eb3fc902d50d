// The seam to the kernel's local sockets of packets (AF_UNIX, SOCK_SEQPACKET).
#ifndef CLOCALSOCKETS_H
#define CLOCALSOCKETS_H

#include <stddef.h>
#include <stdint.h>

/// The most bytes of a path, without the zero at its end.
size_t clocal_path_most(void);

/// Listens at a path, for at most `backlog` that wait. A socket without a listener is replaced. The descriptor, or
/// minus errno; -EADDRINUSE when another process listens there.
int clocal_listen(const char *path, int backlog, uint32_t mode);

/// Connects to a path. The descriptor, or minus errno.
int clocal_connect(const char *path);

/// Accepts a connection, with the user of the peer. The descriptor, or minus errno.
int clocal_accept(int listener, uint32_t *user);

/// Waits until one of the descriptors can be read, for at most the milliseconds. `ready` gets a 1 for each that can.
int clocal_wait(const int *descriptors, uint8_t *ready, size_t count, int milliseconds);

/// Takes a packet without waiting. Its length; 0 at the end of the connection, minus errno, or -EMSGSIZE for one that is
/// longer than the room.
int64_t clocal_receive(int descriptor, uint8_t *bytes, size_t room);

/// Sends a packet without waiting. 0, or minus errno.
int clocal_send(int descriptor, const uint8_t *bytes, size_t count);

#endif
