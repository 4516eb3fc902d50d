#include "czlib.h"

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
