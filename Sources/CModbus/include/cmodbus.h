// The seam to libmodbus and to the socket below it. Every call returns a count or zero, or a negative errno value,
// so that errno is read here and nowhere else.
#ifndef CMODBUS_H
#define CMODBUS_H

#include <modbus/modbus.h>
#include <stdint.h>

enum { CMODBUS_FRAME_MAX = MODBUS_TCP_MAX_ADU_LENGTH };

/// A new TCP context for a numeric IPv4 address, or NULL (then errno says why). Byte timeout 0.
modbus_t *cmodbus_new(const char *address, int port);

/// Connects within the timeout. Returns the descriptor.
int cmodbus_connect(modbus_t *context, int64_t timeout_ns);

/// Sends one whole frame, or fails.
int cmodbus_send(int descriptor, const uint8_t *bytes, int count);

/// Waits for one reply, framed by libmodbus, for at most the timeout. `bytes` takes CMODBUS_FRAME_MAX.
/// -ETIMEDOUT when nothing came; -EBADMSG when libmodbus could not frame what came.
int cmodbus_receive_reply(modbus_t *context, uint8_t *bytes, int64_t timeout_ns);

/// Resets the connection: what has not been sent yet never will be.
void cmodbus_reset(modbus_t *context);

/// Listens on a numeric IPv4 address; port 0 takes a free one. Returns the descriptor.
int cmodbus_listen(modbus_t *context, int backlog);

/// The port that a descriptor is bound to.
int cmodbus_port(int descriptor);

/// Accepts one waiting client. Returns its descriptor.
int cmodbus_accept(int listener);

/// Waits up to `timeout_ms` for any of the descriptors; `ready[i]` becomes non-zero where there is something to do.
int cmodbus_poll(const int *descriptors, uint8_t *ready, int count, int timeout_ms);

/// Receives one request from a client's descriptor. 0 when the client has left.
int cmodbus_receive_request(modbus_t *context, int descriptor, uint8_t *bytes);

void cmodbus_close(int descriptor);

#endif
