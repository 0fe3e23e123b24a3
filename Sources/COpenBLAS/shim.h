// OpenBLAS through its C interface (Debian: libopenblas-dev).
#include <cblas.h>
