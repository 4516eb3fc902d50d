// Counts what this thread allocates, by standing in for malloc and its kin. Only for the bench: never linked into droopd.
#ifndef CMALLOCCOUNT_H
#define CMALLOCCOUNT_H

/// How many times this thread has called malloc, calloc, realloc or posix_memalign.
long cmalloccount_now(void);

#endif
