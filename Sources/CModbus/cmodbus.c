#define _GNU_SOURCE
#include "cmodbus.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

static void set_response_timeout(modbus_t *context, int64_t timeout_ns) {
    if (timeout_ns < 1000) timeout_ns = 1000;
    modbus_set_response_timeout(context, (uint32_t)(timeout_ns / 1000000000), (uint32_t)(timeout_ns % 1000000000 / 1000));
}

modbus_t *cmodbus_new(const char *address, int port) {
    modbus_t *context = modbus_new_tcp(address, port);
    if (context == NULL) return NULL;
    // With a byte timeout one read can last many response timeouts; without, the response timeout is the whole limit.
    modbus_set_byte_timeout(context, 0, 0);
    modbus_set_error_recovery(context, MODBUS_ERROR_RECOVERY_NONE);
    return context;
}

modbus_t *cmodbus_new_rtu(const char *device, int baud, char parity, int stop_bits) {
    struct stat there;
    // A pseudo-terminal knows no parity, and glibc refuses to set one on it. Its major numbers are 136 to 143.
    if (stat(device, &there) == 0 && S_ISCHR(there.st_mode) && major(there.st_rdev) >= 136 && major(there.st_rdev) <= 143) parity = 'N';
    modbus_t *context = modbus_new_rtu(device, baud, parity, 8, stop_bits);
    if (context == NULL) return NULL;
    modbus_set_byte_timeout(context, 0, 0);
    modbus_set_error_recovery(context, MODBUS_ERROR_RECOVERY_NONE);
    return context;
}

int cmodbus_connect(modbus_t *context, int64_t timeout_ns) {
    set_response_timeout(context, timeout_ns);
    if (modbus_connect(context) != 0) return errno > 0 && errno < MODBUS_ENOBASE ? -errno : -EIO;
    int descriptor = modbus_get_socket(context);
    // Two masters on one line would take each other's replies.
    if (isatty(descriptor) && flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        modbus_close(context);
        modbus_set_socket(context, -1);
        return -EBUSY;
    }
    return descriptor;
}

int cmodbus_connect_rtu_over_tcp(modbus_t *context, const char *address, int port, int64_t timeout_ns) {
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, address, &peer.sin_addr) != 1) return -EINVAL;
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    int failure = connect(descriptor, (struct sockaddr *)&peer, sizeof peer) == 0 ? 0 : errno;
    if (failure == EINPROGRESS) {
        struct pollfd entry = {descriptor, POLLOUT, 0};
        socklen_t length = sizeof failure;
        if (poll(&entry, 1, (int)(timeout_ns / 1000000)) <= 0) failure = ETIMEDOUT;
        else if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &length) != 0) failure = errno;
    }
    if (failure != 0) {
        close(descriptor);
        return -failure;
    }
    int yes = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    modbus_set_socket(context, descriptor);
    return descriptor;
}

int cmodbus_send_rtu(modbus_t *context, const uint8_t *bytes, int count) {
    if (modbus_send_raw_request(context, (uint8_t *)bytes, count) >= 0) return count;
    // What does not fit into the buffer goes nowhere: as good as a timeout.
    if (errno == EAGAIN || errno == EWOULDBLOCK) return -ETIMEDOUT;
    return errno >= MODBUS_ENOBASE ? -EIO : -errno;
}

int cmodbus_discard(int descriptor) {
    uint8_t bytes[512];
    int total = 0;
    struct pollfd entry = {descriptor, POLLIN, 0};
    while (total < 65536 && poll(&entry, 1, 0) > 0 && (entry.revents & POLLIN)) {
        ssize_t n = read(descriptor, bytes, sizeof bytes);
        if (n <= 0) break;
        total += (int)n;
    }
    return total;
}

int cmodbus_send(int descriptor, const uint8_t *bytes, int count) {
    int sent = 0;
    while (sent < count) {
        ssize_t n = send(descriptor, bytes + sent, (size_t)(count - sent), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR) continue;
        // A full send buffer means that the peer has long stopped taking anything: as good as a timeout.
        if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? -ETIMEDOUT : -errno;
        sent += (int)n;
    }
    return sent;
}

int cmodbus_receive_reply(modbus_t *context, int unit, uint8_t *bytes, int64_t timeout_ns) {
    set_response_timeout(context, timeout_ns);
    // An RTU context drops the frames of other units.
    modbus_set_slave(context, unit);
    int count = modbus_receive_confirmation(context, bytes);
    if (count >= 0) return count;
    if (errno == ETIMEDOUT || errno == EINTR) return -ETIMEDOUT;
    return errno >= MODBUS_ENOBASE ? -EBADMSG : -errno;
}

void cmodbus_reset(modbus_t *context) {
    int descriptor = modbus_get_socket(context);
    if (descriptor < 0) return;
    struct linger at_once = {1, 0};
    if (setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0) {
        close(descriptor);
    } else {
        tcflush(descriptor, TCIOFLUSH);
        modbus_close(context);
    }
    modbus_set_socket(context, -1);
}

int cmodbus_listen(modbus_t *context, int backlog) {
    int descriptor = modbus_tcp_listen(context, backlog);
    return descriptor < 0 ? -errno : descriptor;
}

int cmodbus_port(int descriptor) {
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    if (getsockname(descriptor, (struct sockaddr *)&address, &length) != 0) return -errno;
    return ntohs(address.sin_port);
}

int cmodbus_accept(int listener, char *address, int limit) {
    struct sockaddr_in peer = {0};
    socklen_t length = sizeof peer;
    int descriptor = accept4(listener, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor < 0) return -errno;
    if (inet_ntop(AF_INET, &peer.sin_addr, address, (socklen_t)limit) == NULL) address[0] = 0;
    int yes = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return descriptor;
}

int cmodbus_pty(const char *link, int *keeper) {
    int near = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (near < 0) return -errno;
    char name[64];
    int far = -1, failure = 0;
    struct termios raw;
    struct stat there;
    if (grantpt(near) != 0 || unlockpt(near) != 0 || ptsname_r(near, name, sizeof name) != 0
        || (far = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0 || tcgetattr(far, &raw) != 0) {
        failure = errno;
    } else {
        cfmakeraw(&raw);
        if (tcsetattr(far, TCSANOW, &raw) != 0) failure = errno;
    }
    // Only a link that leads nowhere any more may be replaced, never a file, a device or a line that somebody serves.
    if (failure == 0 && lstat(link, &there) == 0) {
        if (!S_ISLNK(there.st_mode) || stat(link, &there) == 0 || unlink(link) != 0) failure = EEXIST;
    }
    if (failure == 0 && symlink(name, link) != 0) failure = errno;
    if (failure != 0) {
        if (far >= 0) close(far);
        close(near);
        return -failure;
    }
    *keeper = far;
    return near;
}

void cmodbus_remove_link(const char *link, int near) {
    char name[64], target[64];
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length <= 0 || ptsname_r(near, name, sizeof name) != 0) return;
    target[length] = 0;
    if (strcmp(name, target) == 0) unlink(link);
}

int cmodbus_write(int descriptor, const uint8_t *bytes, int count) {
    ssize_t n = write(descriptor, bytes, (size_t)count);
    return n < 0 ? -errno : (int)n;
}

int cmodbus_read(int descriptor, uint8_t *bytes, int limit) {
    ssize_t n = read(descriptor, bytes, (size_t)limit);
    if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -errno;
    return (int)n;
}

int cmodbus_poll(const int *descriptors, uint8_t *ready, int count, int timeout_ms) {
    struct pollfd entries[1024];
    if (count > 1024) return -EINVAL;
    for (int i = 0; i < count; i++) entries[i] = (struct pollfd){descriptors[i], POLLIN, 0};
    int n = poll(entries, (nfds_t)count, timeout_ms);
    if (n < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) ready[i] = entries[i].revents != 0;
    return n;
}

void cmodbus_close(int descriptor) { close(descriptor); }
