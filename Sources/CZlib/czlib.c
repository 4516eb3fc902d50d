#include "czlib.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

int czlib_inflate(const uint8_t *source, size_t source_count, uint8_t *target, size_t target_count) {
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return -1;
    stream.next_in = (Bytef *)source;
    stream.avail_in = (uInt)source_count;
    stream.next_out = target;
    stream.avail_out = (uInt)target_count;
    int result = inflate(&stream, Z_FINISH);
    int whole = result == Z_STREAM_END && stream.total_out == target_count;
    inflateEnd(&stream);
    return whole ? 0 : -1;
}

int czlib_gunzip(const uint8_t *source, size_t source_count, size_t most, uint8_t **target, size_t *target_count) {
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) return -1;
    stream.next_in = (Bytef *)source;
    stream.avail_in = (uInt)source_count;
    size_t room = source_count * 4 + 4096;
    size_t filled = 0;
    uint8_t *bytes = malloc(room);
    int outcome = bytes == NULL ? -1 : 2;
    while (outcome == 2) {
        if (filled == room) {
            uint8_t *more = realloc(bytes, room * 2);
            if (more == NULL) {
                outcome = -1;
                break;
            }
            bytes = more;
            room *= 2;
        }
        size_t free_bytes = room - filled > (1u << 30) ? (1u << 30) : room - filled;
        stream.next_out = bytes + filled;
        stream.avail_out = (uInt)free_bytes;
        int result = inflate(&stream, Z_NO_FLUSH);
        filled += free_bytes - stream.avail_out;
        if (filled > most) {
            outcome = 1;
        } else if (result == Z_STREAM_END) {
            // Another member may follow.
            outcome = stream.avail_in == 0 ? 0 : inflateReset(&stream) == Z_OK ? 2 : -1;
        } else if (result != Z_OK || (stream.avail_in == 0 && stream.avail_out > 0)) {
            outcome = -1;
        }
    }
    inflateEnd(&stream);
    *target = bytes;
    *target_count = filled;
    return outcome;
}

uint32_t czlib_crc32(const uint8_t *source, size_t source_count) {
    return (uint32_t)crc32_z(crc32(0, Z_NULL, 0), source, source_count);
}
