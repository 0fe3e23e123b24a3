// SQLite, for the results of sweeps (Debian: libsqlite3-dev).
#include <sqlite3.h>
