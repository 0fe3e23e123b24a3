// Matrix product on panels: c [m x n] (+)= a [m x k] times b, where b lies in panels of 32 columns, each [k x 32] and contiguous.
//
// Why beside OpenBLAS, whose kernel is as good: it copies both operands into its own layout on every call, 10% to 15% of the time at the widths of
// a small Transformer. Here the weights are packed once per optimiser step, and a is read where it lies, one number broadcast at a time.
// A tile of 8 rows by 32 columns keeps 16 accumulators of 16 floats in registers: enough independent sums to keep both multipliers busy.
#pragma once
#include "vector_math.h"

#if defined(__AVX512F__)
#define ASSAY_WIDE_REGISTERS 1
#else
#define ASSAY_WIDE_REGISTERS 0
#endif

// Whether the tile fits the registers of the processor compiled for; without AVX-512 it does not, and OpenBLAS is faster.
static inline __attribute__((always_inline)) int assay_has_packed_product(void) { return ASSAY_WIDE_REGISTERS; }

typedef float assay_float16_unaligned __attribute__((ext_vector_type(16), aligned(4)));

#define ASSAY_ROWS_1(X) X(0)
#define ASSAY_ROWS_2(X) X(0) X(1)
#define ASSAY_ROWS_4(X) ASSAY_ROWS_2(X) X(2) X(3)
#define ASSAY_ROWS_8(X) ASSAY_ROWS_4(X) X(4) X(5) X(6) X(7)
#define ASSAY_DECLARE(i) assay_float16 l##i = 0, r##i = 0;
// Row i is reached from the nearest of three pointers, 0, 3 or 6 rows down. Left alone, the compiler walks one pointer through all rows, a chain of
// 9 dependent additions for 8 cycles of multiplications; the empty assembly below keeps it from that (20% of the speed).
#define ASSAY_STEP(i) { \
    assay_float16 x = (assay_float16)((i < 3 ? a : i < 6 ? a3 : a6)[i % 3 * row_step]); \
    l##i = __builtin_elementwise_fma(x, left, l##i); \
    r##i = __builtin_elementwise_fma(x, right, r##i); \
}
#define ASSAY_STORE(i) { \
    assay_float16_unaligned *p = (assay_float16_unaligned *)(c + i * c_step); \
    if (add) { p[0] += l##i; p[1] += r##i; } else { p[0] = l##i; p[1] = r##i; } \
}
#define ASSAY_TILE(n) \
static inline void assay_tile_##n(long k, const float *a, long row_step, long inner_step, const float *b, float *c, long c_step, int add) { \
    ASSAY_ROWS_##n(ASSAY_DECLARE) \
    const float *a3 = a + (n > 3 ? 3 * row_step : 0), *a6 = a + (n > 6 ? 6 * row_step : 0); \
    for (long i = 0; i < k; i++) { \
        assay_float16 left = *(const assay_float16 *)b, right = *(const assay_float16 *)(b + 16); \
        ASSAY_ROWS_##n(ASSAY_STEP) \
        a += inner_step; \
        a3 += inner_step; \
        a6 += inner_step; \
        __asm__("" : "+r"(a), "+r"(a3), "+r"(a6)); \
        b += 32; \
    } \
    ASSAY_ROWS_##n(ASSAY_STORE) \
}
ASSAY_TILE(8)
ASSAY_TILE(4)
ASSAY_TILE(2)
ASSAY_TILE(1)

// One panel: c [m x 32] (+)= a [m x k] b [k x 32]. Element (i, j) of a lies at a[i row_step + j inner_step]. b is aligned to 64 bytes.
static inline void assay_panel(long m, long k, const float *a, long row_step, long inner_step, const float *b, float *c, long c_step, int add) {
    long i = 0;
    for (; i + 8 <= m; i += 8) assay_tile_8(k, a + i * row_step, row_step, inner_step, b, c + i * c_step, c_step, add);
    if (m - i >= 4) { assay_tile_4(k, a + i * row_step, row_step, inner_step, b, c + i * c_step, c_step, add); i += 4; }
    if (m - i >= 2) { assay_tile_2(k, a + i * row_step, row_step, inner_step, b, c + i * c_step, c_step, add); i += 2; }
    if (m - i >= 1) assay_tile_1(k, a + i * row_step, row_step, inner_step, b, c + i * c_step, c_step, add);
}

// The same for a last panel of fewer than 32 columns, tile by tile through a buffer.
static inline void assay_panel_part(
    long m, long k, const float *a, long row_step, long inner_step, const float *b, float *c, long c_step, int add, long columns
) {
    float tile[8 * 32] __attribute__((aligned(64)));
    for (long i = 0; i < m; i += 8) {
        long rows = m - i < 8 ? m - i : 8;
        assay_panel(rows, k, a + i * row_step, row_step, inner_step, b, tile, 32, 0);
        for (long r = 0; r < rows; r++)
            for (long j = 0; j < columns; j++) {
                float *p = c + (i + r) * c_step + j;
                *p = add ? *p + tile[r * 32 + j] : tile[r * 32 + j];
            }
    }
}
