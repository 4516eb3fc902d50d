// The one way to libgpiod. Versions 1 and 2 of its API stand behind the same calls, chosen when this is compiled.
//
// Levels are electrical: 1 is high. What a level means is decided by the caller, as is debouncing, which version 1 lacks.
// Calls return a negative errno code when they fail.
#ifndef CGPIO_H
#define CGPIO_H

#include <stdint.h>

typedef struct cgpio_line cgpio_line;

enum { CGPIO_BIAS_AS_IS = 0, CGPIO_BIAS_DISABLED = 1, CGPIO_BIAS_PULL_UP = 2, CGPIO_BIAS_PULL_DOWN = 3 };

/// What the kernel says of a line.
typedef struct {
    uint32_t offset;
    int32_t is_output;
    int32_t is_used;
    char name[64];
    char consumer[64];
    char chip_label[64];
    uint32_t chip_lines;
} cgpio_info;

/// Which API this was compiled for: 1 or 2.
int cgpio_version(void);

/// Looks a line up: by name where `name` is not null, else by its offset. -ENOENT without such a chip, -ENXIO without such a line.
int cgpio_describe(const char *chip, const char *name, uint32_t offset, cgpio_info *info);

/// Requests an input with events for both edges; null with `*failure` set.
cgpio_line *cgpio_input(const char *chip, uint32_t offset, int bias, const char *consumer, int *failure);

/// Requests an output that stands at `level` from the first moment on; null with `*failure` set.
cgpio_line *cgpio_output(const char *chip, uint32_t offset, int level, const char *consumer, int *failure);

void cgpio_release(cgpio_line *line);

/// 0, 1, or an error, as when the chip has gone.
int cgpio_get(cgpio_line *line);
int cgpio_set(cgpio_line *line, int level);

/// The next edge that waits: 1 with its new level and the kernel's time stamp in nanoseconds of CLOCK_BOOTTIME, 0 when none waits.
int cgpio_edge(cgpio_line *line, int *level, int64_t *at);

/// A bell that another thread rings: a descriptor to wait on.
int cgpio_bell_new(void);
void cgpio_bell_ring(int bell);
void cgpio_bell_free(int bell);

/// Waits until an edge waits at one of the inputs, of which there are 64 at most, the bell rings (which silences it), or the time in nanoseconds
/// is over. Bit n of `*ready` is set for an input that has something to say, even if it is that its chip has gone: then the result is 1.
int cgpio_wait(cgpio_line *const *inputs, int count, int bell, int64_t timeout_ns, uint64_t *ready);

#endif
