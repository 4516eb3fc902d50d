#define _GNU_SOURCE
#include "clocalsockets.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int address_of(const char *path, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (strlen(path) > clocal_path_most()) return -ENAMETOOLONG;
    strcpy(address->sun_path, path);
    return 0;
}

static int new_socket(void) {
    int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return descriptor < 0 ? -errno : descriptor;
}

static int failed(int descriptor) {
    int reason = errno;
    close(descriptor);
    return -reason;
}

size_t clocal_path_most(void) { return sizeof(((struct sockaddr_un *)0)->sun_path) - 1; }

int clocal_connect(const char *path) {
    struct sockaddr_un address;
    int refused = address_of(path, &address);
    if (refused < 0) return refused;
    int descriptor = new_socket();
    if (descriptor < 0) return descriptor;
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) return failed(descriptor);
    return descriptor;
}

int clocal_listen(const char *path, int backlog, uint32_t mode) {
    struct sockaddr_un address;
    int refused = address_of(path, &address);
    if (refused < 0) return refused;
    // A process that has ended leaves its socket behind, and a connection to it is refused.
    struct stat status;
    if (lstat(path, &status) == 0) {
        if (!S_ISSOCK(status.st_mode)) return -EEXIST;
        int other = clocal_connect(path);
        if (other >= 0) close(other);
        if (other >= 0 || other == -EAGAIN) return -EADDRINUSE;
        if (other != -ECONNREFUSED) return other;
        unlink(path);
    }
    int descriptor = new_socket();
    if (descriptor < 0) return descriptor;
    // The file gets the mode of its socket, before anybody can connect.
    if (fchmod(descriptor, mode) != 0 || bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0
        || listen(descriptor, backlog) != 0)
        return failed(descriptor);
    return descriptor;
}

int clocal_accept(int listener, uint32_t *user) {
    int descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor < 0) return -errno;
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return failed(descriptor);
    *user = peer.uid;
    return descriptor;
}

int clocal_wait(const int *descriptors, uint8_t *ready, size_t count, int milliseconds) {
    struct pollfd polled[32];
    if (count > sizeof polled / sizeof *polled) return -EINVAL;
    for (size_t index = 0; index < count; index++) {
        polled[index] = (struct pollfd){.fd = descriptors[index], .events = POLLIN};
        ready[index] = 0;
    }
    int found = poll(polled, count, milliseconds);
    if (found < 0) return errno == EINTR ? 0 : -errno;
    for (size_t index = 0; index < count; index++) ready[index] = polled[index].revents != 0;
    return found;
}

int64_t clocal_receive(int descriptor, uint8_t *bytes, size_t room) {
    ssize_t length = recv(descriptor, bytes, room, MSG_DONTWAIT | MSG_TRUNC);
    if (length < 0) return -errno;
    return (size_t)length > room ? -EMSGSIZE : length;
}

int clocal_send(int descriptor, const uint8_t *bytes, size_t count) {
    ssize_t sent = send(descriptor, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return -errno;
    return (size_t)sent == count ? 0 : -EMSGSIZE;
}
