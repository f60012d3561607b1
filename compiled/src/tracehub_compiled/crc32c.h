/* CRC-32C (Castagnoli, RFC 3720 appendix B.4): by the processor where it can, else by tables. */

#ifndef TRACEHUB_CRC32C_H
#define TRACEHUB_CRC32C_H

#include "crc_tables.h"

#define CRC32C_POLYNOMIAL 0x82F63B78u

static crc_tables crc32c_tables;

static void crc32c_prepare(void) { crc_prepare(crc32c_tables, CRC32C_POLYNOMIAL); }

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
#define CRC32C_HAS_PROCESSOR 0

static uint32_t crc32c_by_processor(uint32_t sum, const unsigned char *data, size_t size) {
    return crc_by_tables(crc32c_tables, sum, data, size);
}
#endif

static int crc32c_has_processor(void) { return CRC32C_HAS_PROCESSOR ? 1 : 0; }

static inline uint32_t crc32c(int processor, const void *data, size_t size) {
    const unsigned char *bytes = (const unsigned char *)data;
    uint32_t sum = 0xFFFFFFFFu;
    sum = processor ? crc32c_by_processor(sum, bytes, size)
                    : crc_by_tables(crc32c_tables, sum, bytes, size);
    return sum ^ 0xFFFFFFFFu;
}

#endif
