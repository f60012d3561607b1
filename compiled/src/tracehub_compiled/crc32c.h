/* CRC-32C (Castagnoli, RFC 3720 appendix B.4): by the processor where it can, else by tables. */

#ifndef TRACEHUB_CRC32C_H
#define TRACEHUB_CRC32C_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define CRC32C_POLYNOMIAL 0x82F63B78u

static uint32_t crc32c_table[8][256];

static void crc32c_prepare(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t sum = byte;
        for (int bit = 0; bit < 8; bit++) sum = (sum >> 1) ^ (sum & 1 ? CRC32C_POLYNOMIAL : 0);
        crc32c_table[0][byte] = sum;
    }
    for (uint32_t byte = 0; byte < 256; byte++)
        for (int row = 1; row < 8; row++) {
            uint32_t sum = crc32c_table[row - 1][byte];
            crc32c_table[row][byte] = (sum >> 8) ^ crc32c_table[0][sum & 0xFF];
        }
}

/* Eight bytes at a time, one table for each: the same on machines of any byte order. */
static uint32_t crc32c_by_tables(uint32_t sum, const unsigned char *data, size_t size) {
    for (; size >= 8; data += 8, size -= 8) {
        sum ^= (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 |
               (uint32_t)data[3] << 24;
        sum = crc32c_table[7][sum & 0xFF] ^ crc32c_table[6][(sum >> 8) & 0xFF] ^
              crc32c_table[5][(sum >> 16) & 0xFF] ^ crc32c_table[4][sum >> 24] ^
              crc32c_table[3][data[4]] ^ crc32c_table[2][data[5]] ^ crc32c_table[1][data[6]] ^
              crc32c_table[0][data[7]];
    }
    while (size--) sum = (sum >> 8) ^ crc32c_table[0][(sum ^ *data++) & 0xFF];
    return sum;
}

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t
crc32c_by_processor(uint32_t sum, const unsigned char *data, size_t size) {
    uint64_t wide = sum, word;
    for (; size >= 8; data += 8, size -= 8) {
        memcpy(&word, data, 8);
        wide = _mm_crc32_u64(wide, word);
    }
    sum = (uint32_t)wide;
    while (size--) sum = _mm_crc32_u8(sum, *data++);
    return sum;
}

#define CRC32C_HAS_PROCESSOR __builtin_cpu_supports("sse4.2")
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

static uint32_t crc32c_by_processor(uint32_t sum, const unsigned char *data, size_t size) {
    uint64_t word;
    for (; size >= 8; data += 8, size -= 8) {
        memcpy(&word, data, 8);
        sum = __crc32cd(sum, word);
    }
    while (size--) sum = __crc32cb(sum, *data++);
    return sum;
}

#define CRC32C_HAS_PROCESSOR 1
#else
#define crc32c_by_processor crc32c_by_tables
#define CRC32C_HAS_PROCESSOR 0
#endif

static int crc32c_has_processor(void) { return CRC32C_HAS_PROCESSOR ? 1 : 0; }

static inline uint32_t crc32c(int processor, const void *data, size_t size) {
    const unsigned char *bytes = (const unsigned char *)data;
    uint32_t sum = 0xFFFFFFFFu;
    sum = processor ? crc32c_by_processor(sum, bytes, size) : crc32c_by_tables(sum, bytes, size);
    return sum ^ 0xFFFFFFFFu;
}

#endif
