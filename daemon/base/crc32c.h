// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78; RFC 3720 appendix B.4), the journal's checksum.
#pragma once

#include <stddef.h>
#include <stdint.h>

// The checksum of `length` bytes; a running checksum goes on with the previous value as `crc` (0 at first).
uint32_t crc32c(uint32_t crc, const void *bytes, size_t length);
