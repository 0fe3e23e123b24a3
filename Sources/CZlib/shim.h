// zlib, for .csv.gz (Debian: zlib1g-dev).
#include <zlib.h>
