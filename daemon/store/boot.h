// Which boot of the machine this is: if it changed without a clean stop, unsynced files cannot be trusted.
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { BOOT_ID = 16 };

// Reads /proc/sys/kernel/random/boot_id. 0, or ERROR_IO where it cannot be read; `out` is then zero, which no
// boot has.
int boot_id_read(uint8_t out[BOOT_ID]) __attribute__((warn_unused_result));

// Reads "8-4-4-4-12" hex digits; false when it is not such a text.
bool boot_id_parse(const char *text, uint8_t out[BOOT_ID]);
