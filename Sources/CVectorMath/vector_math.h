// What Swift's SIMD types cannot say in one instruction: vector square root, maximum and minimum (Swift's own take
// 10 to 17 ns for 16 floats, these about 1), and the pause of a spinning thread.
#pragma once

typedef float assay_float16 __attribute__((ext_vector_type(16)));

static inline __attribute__((always_inline)) assay_float16 assay_sqrt(assay_float16 x) { return __builtin_elementwise_sqrt(x); }
static inline __attribute__((always_inline)) assay_float16 assay_max(assay_float16 a, assay_float16 b) { return __builtin_elementwise_max(a, b); }
static inline __attribute__((always_inline)) assay_float16 assay_min(assay_float16 a, assay_float16 b) { return __builtin_elementwise_min(a, b); }

static inline __attribute__((always_inline)) void assay_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}
