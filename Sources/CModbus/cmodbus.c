#define _GNU_SOURCE
#include "cmodbus.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static void set_response_timeout(modbus_t *context, int64_t timeout_ns) {
    if (timeout_ns < 1000) timeout_ns = 1000;
    modbus_set_response_timeout(context, (uint32_t)(timeout_ns / 1000000000), (uint32_t)(timeout_ns % 1000000000 / 1000));
}

modbus_t *cmodbus_new(void) {
    // The address counts for nothing: the context gets its socket from elsewhere.
    modbus_t *context = modbus_new_tcp("127.0.0.1", MODBUS_TCP_DEFAULT_PORT);
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

int cmodbus_open_line(modbus_t *context) {
    if (modbus_connect(context) != 0) return errno > 0 && errno < MODBUS_ENOBASE ? -errno : -EIO;
    int descriptor = modbus_get_socket(context);
    if (descriptor >= FD_SETSIZE) {
        modbus_close(context);
        modbus_set_socket(context, -1);
        return -EMFILE;
    }
    // Two masters on one line would take each other's replies.
    if (isatty(descriptor) && flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        modbus_close(context);
        modbus_set_socket(context, -1);
        return -EBUSY;
    }
    return descriptor;
}

struct cmodbus_host {
    char name[256], service[8];
    struct addrinfo hints;
    struct gaicb request;
    int is_asked;
};

cmodbus_host *cmodbus_host_new(const char *name, int port) {
    cmodbus_host *host = calloc(1, sizeof *host);
    if (host == NULL) return NULL;
    snprintf(host->name, sizeof host->name, "%s", name);
    snprintf(host->service, sizeof host->service, "%d", port);
    host->hints = (struct addrinfo){.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    host->request = (struct gaicb){.ar_name = host->name, .ar_service = host->service, .ar_request = &host->hints};
    return host;
}

void cmodbus_host_free(cmodbus_host *host) {
    // The resolver's thread still writes into a question that can't be taken back: that memory is given up.
    if (host->is_asked && gai_error(&host->request) == EAI_INPROGRESS && gai_cancel(&host->request) == EAI_NOTCANCELED) return;
    if (host->request.ar_result != NULL) freeaddrinfo(host->request.ar_result);
    free(host);
}

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

// The addresses of a host; NULL when none are known in time. A question that is still open is waited for, and not asked twice.
static struct addrinfo *resolve(cmodbus_host *host, int64_t deadline) {
    struct gaicb *list[1] = {&host->request};
    struct addrinfo numeric = host->hints, *known = NULL;
    numeric.ai_flags |= AI_NUMERICHOST;
    if (getaddrinfo(host->name, host->service, &numeric, &known) == 0) return known;
    if (!host->is_asked) {
        if (getaddrinfo_a(GAI_NOWAIT, list, 1, NULL) != 0) return NULL;
        host->is_asked = 1;
    }
    while (gai_error(&host->request) == EAI_INPROGRESS) {
        int64_t left = deadline - now_ns();
        if (left <= 0) return NULL;
        struct timespec wait = {left / 1000000000, left % 1000000000};
        gai_suspend((const struct gaicb *const *)list, 1, &wait);
    }
    host->is_asked = 0;
    struct addrinfo *found = gai_error(&host->request) == 0 ? host->request.ar_result : NULL;
    host->request.ar_result = NULL;
    return found;
}

// A connected socket that does not block, or a negative errno value. libmodbus waits by select, which takes no descriptor from FD_SETSIZE on.
static int connect_to(const struct addrinfo *address, int64_t deadline) {
    int descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    if (descriptor >= FD_SETSIZE) {
        close(descriptor);
        return -EMFILE;
    }
    int failure = connect(descriptor, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
    if (failure == EINPROGRESS) {
        struct pollfd entry = {descriptor, POLLOUT, 0};
        socklen_t length = sizeof failure;
        int64_t left = (deadline - now_ns()) / 1000000;
        if (poll(&entry, 1, left > 0 ? (int)left : 0) <= 0) failure = ETIMEDOUT;
        else if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &length) != 0) failure = errno;
    }
    if (failure != 0) {
        close(descriptor);
        return -failure;
    }
    int yes = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return descriptor;
}

int cmodbus_connect_tcp(modbus_t *context, cmodbus_host *host, int64_t timeout_ns) {
    int64_t deadline = now_ns() + timeout_ns;
    struct addrinfo *found = resolve(host, deadline);
    if (found == NULL) return CMODBUS_UNRESOLVED;
    int result = CMODBUS_UNRESOLVED, left = 0;
    for (struct addrinfo *each = found; each != NULL; each = each->ai_next) left++;
    for (struct addrinfo *each = found; each != NULL && result < 0; each = each->ai_next, left--) {
        // An address that is silent leaves time for those behind it.
        int64_t share = (deadline - now_ns()) / left;
        result = connect_to(each, now_ns() + share);
    }
    freeaddrinfo(found);
    if (result >= 0) modbus_set_socket(context, result);
    return result;
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

int cmodbus_listen(const char *name, int port, int backlog) {
    char service[8];
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *found = NULL;
    snprintf(service, sizeof service, "%d", port);
    if (getaddrinfo(name, service, &hints, &found) != 0) return CMODBUS_UNRESOLVED;
    int yes = 1, failure = 0, descriptor = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0 || setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0
        || bind(descriptor, found->ai_addr, found->ai_addrlen) != 0 || listen(descriptor, backlog) != 0) {
        failure = errno;
        if (descriptor >= 0) close(descriptor);
    }
    freeaddrinfo(found);
    return failure != 0 ? -failure : descriptor;
}

int cmodbus_port(int descriptor) {
    // The port stands at the same place in an address of either family.
    struct sockaddr_in6 address;
    socklen_t length = sizeof address;
    if (getsockname(descriptor, (struct sockaddr *)&address, &length) != 0) return -errno;
    return ntohs(address.sin6_port);
}

int cmodbus_accept(int listener, char *address, int limit) {
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    int descriptor = accept4(listener, (struct sockaddr *)&peer, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor < 0) return -errno;
    if (getnameinfo((struct sockaddr *)&peer, length, address, (socklen_t)limit, NULL, 0, NI_NUMERICHOST) != 0) address[0] = 0;
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
    struct pollfd entries[8192];
    if (count > 8192) return -EINVAL;
    for (int i = 0; i < count; i++) entries[i] = (struct pollfd){descriptors[i], POLLIN, 0};
    int n = poll(entries, (nfds_t)count, timeout_ms);
    if (n < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) ready[i] = entries[i].revents != 0;
    return n;
}

void cmodbus_close(int descriptor) { close(descriptor); }
