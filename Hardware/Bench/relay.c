// A pulse-watchdog relay with the contactor behind it, on simulated lines: the coil has current while the permit is high and the heartbeat has moved
// within the hold time. The mirror contact is closed (low) while the contactor is off.
// Usage: relay PERMIT HEARTBEAT MIRROR HOLD-MS WELDED-FILE; the three are folders of lines in sysfs. Tells each change of the coil, in ms since booting.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int open_in(const char *folder, const char *file, int how) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    return open(path, how);
}

// The level of a line; -1 when it is gone.
static int level(int line) {
    char text = '?';
    return pread(line, &text, 1, 0) == 1 ? text == '1' : -1;
}

int main(int count, char **arguments) {
    if (count != 6) return 64;
    int permit = open_in(arguments[1], "value", O_RDONLY), heartbeat = open_in(arguments[2], "value", O_RDONLY);
    int mirror = open_in(arguments[3], "pull", O_WRONLY);
    if (permit < 0 || heartbeat < 0 || mirror < 0) return 66;
    long hold = atol(arguments[4]), moved = -hold;
    int last = level(heartbeat), coil = -1, shown = -1;
    for (;;) {
        int beat = level(heartbeat), is_permitted = level(permit);
        if (beat < 0 || is_permitted < 0) return 0;
        long now = now_ms();
        if (beat != last) moved = now;
        last = beat;
        int has_current = is_permitted && now - moved <= hold;
        if (has_current != coil) printf("%ld coil %s\n", now, has_current ? "on" : "off");
        fflush(stdout);
        coil = has_current;
        int is_on = coil || access(arguments[5], F_OK) == 0;
        const char *pull = is_on ? "pull-up" : "pull-down";
        if (is_on != shown && pwrite(mirror, pull, strlen(pull), 0) < 0) return 0;
        shown = is_on;
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
}
