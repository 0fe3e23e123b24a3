// OpenBLAS through its C interface (Debian: libopenblas-dev), and the LAPACK routine of it that is used.
#include <cblas.h>

// Eigenvalues (ascending, in w) and eigenvectors (columns of a) of a symmetric matrix; LAPACK 3, Fortran calling convention.
extern void dsyevd_(
    const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work, const int *lwork, int *iwork,
    const int *liwork, int *info);
