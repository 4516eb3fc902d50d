// The seam to libmodbus and to the socket below it. Every call returns a count or zero, or a negative errno value,
// so that errno is read here and nowhere else.
#ifndef CMODBUS_H
#define CMODBUS_H

#include <modbus/modbus.h>
#include <stdint.h>

enum { CMODBUS_FRAME_MAX = MODBUS_TCP_MAX_ADU_LENGTH };

/// A new TCP context for a connection that cmodbus_connect_tcp makes, or NULL without memory. Byte timeout 0.
modbus_t *cmodbus_new(void);

/// A host that is resolved anew for each connection: a numeric IPv4 or IPv6 address, or a name.
typedef struct cmodbus_host cmodbus_host;

/// Keeps a host and a port; NULL without memory.
cmodbus_host *cmodbus_host_new(const char *name, int port);
void cmodbus_host_free(cmodbus_host *host);

/// What cmodbus_connect_tcp returns when a name has no address, or no answer about it comes in time.
enum { CMODBUS_UNRESOLVED = -9999 };

/// A new RTU context for a serial device, or NULL. `parity` is 'N', 'E' or 'O'. Eight data bits; byte timeout 0.
modbus_t *cmodbus_new_rtu(const char *device, int baud, char parity, int stop_bits);

/// Opens the serial device for itself alone. Returns the descriptor.
int cmodbus_open_line(modbus_t *context);

/// Gives a context, of TCP or RTU, a TCP connection to the first address of the host that takes one, all within the timeout. Returns the descriptor.
int cmodbus_connect_tcp(modbus_t *context, cmodbus_host *host, int64_t timeout_ns);

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

/// Listens on the first address of a host; port 0 takes a free one. Returns the descriptor.
int cmodbus_listen(const char *name, int port, int backlog);

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
