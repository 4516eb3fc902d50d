#define _GNU_SOURCE
#include "cmodbus.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
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

int cmodbus_connect(modbus_t *context, int64_t timeout_ns) {
    set_response_timeout(context, timeout_ns);
    if (modbus_connect(context) != 0) return errno > 0 && errno < MODBUS_ENOBASE ? -errno : -EIO;
    return modbus_get_socket(context);
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

int cmodbus_receive_reply(modbus_t *context, uint8_t *bytes, int64_t timeout_ns) {
    set_response_timeout(context, timeout_ns);
    int count = modbus_receive_confirmation(context, bytes);
    if (count >= 0) return count;
    if (errno == ETIMEDOUT || errno == EINTR) return -ETIMEDOUT;
    return errno >= MODBUS_ENOBASE ? -EBADMSG : -errno;
}

void cmodbus_reset(modbus_t *context) {
    int descriptor = modbus_get_socket(context);
    if (descriptor < 0) return;
    struct linger at_once = {1, 0};
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(descriptor);
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

int cmodbus_accept(int listener) {
    int descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (descriptor < 0) return -errno;
    int yes = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return descriptor;
}

int cmodbus_poll(const int *descriptors, uint8_t *ready, int count, int timeout_ms) {
    struct pollfd entries[64];
    if (count > 64) return -EINVAL;
    for (int i = 0; i < count; i++) entries[i] = (struct pollfd){descriptors[i], POLLIN, 0};
    int n = poll(entries, (nfds_t)count, timeout_ms);
    if (n < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) ready[i] = entries[i].revents != 0;
    return n;
}

int cmodbus_receive_request(modbus_t *context, int descriptor, uint8_t *bytes) {
    modbus_set_socket(context, descriptor);
    modbus_set_byte_timeout(context, 0, 20000);
    int count = modbus_receive(context, bytes);
    int failure = errno;
    modbus_set_socket(context, -1);
    return count > 0 ? count : (count == 0 || failure != 0 ? 0 : -EIO);
}

void cmodbus_close(int descriptor) { close(descriptor); }
