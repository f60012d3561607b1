/* Checksums of 32 bits by tables, whatever their polynomial; its bits are in reverse order. */

#ifndef TRACEHUB_CRC_TABLES_H
#define TRACEHUB_CRC_TABLES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint32_t crc_tables[8][256];

static void crc_prepare(crc_tables table, uint32_t polynomial) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t sum = byte;
        for (int bit = 0; bit < 8; bit++) sum = (sum >> 1) ^ (sum & 1 ? polynomial : 0);
        table[0][byte] = sum;
    }
    for (uint32_t byte = 0; byte < 256; byte++)
        for (int row = 1; row < 8; row++) {
            uint32_t sum = table[row - 1][byte];
            table[row][byte] = (sum >> 8) ^ table[0][sum & 0xFF];
        }
}

/* Eight bytes at a time, one table for each: the same on machines of any byte order. */
static uint32_t crc_by_tables(
    crc_tables table, uint32_t sum, const unsigned char *data, size_t size
) {
    for (; size >= 8; data += 8, size -= 8) {
        sum ^= (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 |
               (uint32_t)data[3] << 24;
        sum = table[7][sum & 0xFF] ^ table[6][(sum >> 8) & 0xFF] ^ table[5][(sum >> 16) & 0xFF] ^
              table[4][sum >> 24] ^ table[3][data[4]] ^ table[2][data[5]] ^ table[1][data[6]] ^
              table[0][data[7]];
    }
    while (size--) sum = (sum >> 8) ^ table[0][(sum ^ *data++) & 0xFF];
    return sum;
}

#endif
