/* CRC-32 (IEEE 802.3, as zlib has it): by the processor where it can, else by tables.
 *
 * Four parts of 16 bytes are folded over those 64 bytes further on by carry-less multiplication (V.
 * Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ", Intel, 2009), until
 * 16 bytes with the same remainder are left. */

#ifndef TRACEHUB_CRC32_H
#define TRACEHUB_CRC32_H

#include "crc_tables.h"

#define CRC32_POLYNOMIAL 0xEDB88320u

static crc_tables crc32_tables;

static void crc32_prepare(void) { crc_prepare(crc32_tables, CRC32_POLYNOMIAL); }

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#include <wmmintrin.h>

/* x^(n+32) and x^(n-32) modulo the polynomial, bits in its order; n is 512 and 128. */
#define CRC32_FAR 0x154442BD4, 0x1C6E41596
#define CRC32_NEAR 0x1751997D0, 0x0CCAA009E
#define CRC32_PART 16
#define CRC32_LEAST (4 * CRC32_PART)

__attribute__((target("pclmul"))) static inline __m128i crc32_fold(
    __m128i part, __m128i by, __m128i onto
) {
    __m128i low = _mm_clmulepi64_si128(part, by, 0x00), high = _mm_clmulepi64_si128(part, by, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), onto);
}

__attribute__((target("pclmul"))) static uint32_t crc32_by_processor(
    uint32_t sum, const unsigned char *data, size_t size
) {
    static const uint64_t far_[2] = {CRC32_FAR}, near_[2] = {CRC32_NEAR};
    unsigned char left[CRC32_PART];
    __m128i part[4], by = _mm_loadu_si128((const __m128i *)far_);
    if (size < CRC32_LEAST) return crc_by_tables(crc32_tables, sum, data, size);
    for (int at = 0; at < 4; at++) part[at] = _mm_loadu_si128((const __m128i *)data + at);
    part[0] = _mm_xor_si128(part[0], _mm_cvtsi32_si128((int)sum));
    for (data += CRC32_LEAST, size -= CRC32_LEAST; size >= CRC32_LEAST;
         data += CRC32_LEAST, size -= CRC32_LEAST)
        for (int at = 0; at < 4; at++)
            part[at] = crc32_fold(part[at], by, _mm_loadu_si128((const __m128i *)data + at));
    by = _mm_loadu_si128((const __m128i *)near_);
    for (int at = 1; at < 4; at++) part[at] = crc32_fold(part[at - 1], by, part[at]);
    for (; size >= CRC32_PART; data += CRC32_PART, size -= CRC32_PART)
        part[3] = crc32_fold(part[3], by, _mm_loadu_si128((const __m128i *)data));
    _mm_storeu_si128((__m128i *)left, part[3]);
    return crc_by_tables(crc32_tables, crc_by_tables(crc32_tables, 0, left, CRC32_PART), data, size);
}

#define CRC32_HAS_PROCESSOR __builtin_cpu_supports("pclmul")
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

static uint32_t crc32_by_processor(uint32_t sum, const unsigned char *data, size_t size) {
    uint64_t word;
    for (; size >= 8; data += 8, size -= 8) {
        memcpy(&word, data, 8);
        sum = __crc32d(sum, word);
    }
    while (size--) sum = __crc32b(sum, *data++);
    return sum;
}

#define CRC32_HAS_PROCESSOR 1
#else
#define CRC32_HAS_PROCESSOR 0

static uint32_t crc32_by_processor(uint32_t sum, const unsigned char *data, size_t size) {
    return crc_by_tables(crc32_tables, sum, data, size);
}
#endif

static int crc32_has_processor(void) { return CRC32_HAS_PROCESSOR ? 1 : 0; }

static inline uint32_t crc32_of(int processor, const void *data, size_t size) {
    const unsigned char *bytes = (const unsigned char *)data;
    uint32_t sum = 0xFFFFFFFFu;
    sum = processor ? crc32_by_processor(sum, bytes, size)
                    : crc_by_tables(crc32_tables, sum, bytes, size);
    return sum ^ 0xFFFFFFFFu;
}

#endif
