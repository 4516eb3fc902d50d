// The seam to libmodbus and to the socket below it. Every call returns a count or zero, or a negative errno value,
// so that errno is read here and nowhere else.
#ifndef CMODBUS_H
#define CMODBUS_H

#include <modbus/modbus.h>
#include <stdint.h>

enum { CMODBUS_FRAME_MAX = MODBUS_TCP_MAX_ADU_LENGTH };

/// A new TCP context for a numeric IPv4 address, or NULL (then errno says why). Byte timeout 0.
modbus_t *cmodbus_new(const char *address, int port);

/// A new RTU context for a serial device, or NULL. `parity` is 'N', 'E' or 'O'. Eight data bits; byte timeout 0.
modbus_t *cmodbus_new_rtu(const char *device, int baud, char parity, int stop_bits);

/// Connects within the timeout, or opens the serial device for itself alone. Returns the descriptor.
int cmodbus_connect(modbus_t *context, int64_t timeout_ns);

/// Gives an RTU context a TCP connection of its own in place of a serial device. Returns the descriptor.
int cmodbus_connect_rtu_over_tcp(modbus_t *context, const char *address, int port, int64_t timeout_ns);

/// Sends one RTU frame; libmodbus adds its checksum. `bytes` begin with the unit.
int cmodbus_send_rtu(modbus_t *context, const uint8_t *bytes, int count);

/// Throws away what has come and nobody asked for. Returns how many bytes it was.
int cmodbus_discard(int descriptor);

/// Sends one whole frame, or fails.
int cmodbus_send(int descriptor, const uint8_t *bytes, int count);

/// Waits for one reply, framed by libmodbus, for at most the timeout. `bytes` takes CMODBUS_FRAME_MAX.
/// An RTU frame comes with its checksum, which was right. 0 for an RTU frame of another unit; -ETIMEDOUT when nothing came; -EBADMSG when libmodbus
/// could not frame what came, or its checksum was wrong.
int cmodbus_receive_reply(modbus_t *context, int unit, uint8_t *bytes, int64_t timeout_ns);

/// Resets the connection, or closes the serial device: what has not been sent yet never will be.
void cmodbus_reset(modbus_t *context);

/// Listens on a numeric IPv4 address; port 0 takes a free one. Returns the descriptor.
int cmodbus_listen(modbus_t *context, int backlog);

/// The port that a descriptor is bound to.
int cmodbus_port(int descriptor);

/// Accepts one waiting client, and writes its numeric address. Returns its descriptor, which never blocks.
int cmodbus_accept(int listener, char *address, int limit);

/// Makes a pseudo-terminal in raw mode, and a symbolic link of this path to its far end; an older link that leads nowhere is replaced. Returns the descriptor of the
/// near end. `keeper` is a descriptor of the far end that has to stay open, or every close of a client would end the terminal.
int cmodbus_pty(const char *link, int *keeper);

/// Removes the link, when it still leads to this pseudo-terminal.
void cmodbus_remove_link(const char *link, int near);

/// Writes what fits at once.
int cmodbus_write(int descriptor, const uint8_t *bytes, int count);

/// Reads what is there, at most `limit` bytes; 0 when there is nothing.
int cmodbus_read(int descriptor, uint8_t *bytes, int limit);

/// Waits up to `timeout_ms` for any of the descriptors; `ready[i]` becomes non-zero where there is something to do.
int cmodbus_poll(const int *descriptors, uint8_t *ready, int count, int timeout_ms);

void cmodbus_close(int descriptor);

#endif
