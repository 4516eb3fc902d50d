// The seam to zlib: raw DEFLATE data, as it stands in a zip archive, and gzip files.
#ifndef CZLIB_H
#define CZLIB_H

#include <stddef.h>
#include <stdint.h>

/// Inflates exactly `target_count` bytes. 0 when that worked, -1 when the data is broken or of another length.
int czlib_inflate(const uint8_t *source, size_t source_count, uint8_t *target, size_t target_count);

/// Unpacks a gzip file of one or more members into memory of its own, which the caller frees. 0 when that worked, 1 when
/// it unpacks to more than `most` bytes, -1 when it is damaged.
int czlib_gunzip(const uint8_t *source, size_t source_count, size_t most, uint8_t **target, size_t *target_count);

/// The CRC-32 of the bytes, as gzip computes it.
uint32_t czlib_crc32(const uint8_t *source, size_t source_count);

#endif
