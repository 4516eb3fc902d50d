#define _GNU_SOURCE
#include "cgpio.h"

#include <errno.h>
#include <fcntl.h>
#include <gpiod.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_ns(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// Line events bear CLOCK_MONOTONIC, which stands still while the machine sleeps.
static int64_t boottime_of(int64_t monotonic) { return monotonic + clock_ns(CLOCK_BOOTTIME) - clock_ns(CLOCK_MONOTONIC); }

static int error_or(int fallback) { return errno != 0 ? -errno : -fallback; }

static void copy(char *to, const char *from) { snprintf(to, 64, "%s", from != NULL ? from : ""); }

#ifdef GPIOD_LINE_BULK_MAX_LINES

struct cgpio_line {
    struct gpiod_chip *chip;
    struct gpiod_line *line;
    int descriptor;
};

int cgpio_version(void) { return 1; }

static struct gpiod_chip *open_chip(const char *name) {
    errno = 0;
    return gpiod_chip_open_lookup(name);
}

int cgpio_describe(const char *chip_name, const char *name, uint32_t offset, cgpio_info *info) {
    struct gpiod_chip *chip = open_chip(chip_name);
    if (chip == NULL) return error_or(ENOENT);
    memset(info, 0, sizeof *info);
    copy(info->chip_label, gpiod_chip_label(chip));
    info->chip_lines = gpiod_chip_num_lines(chip);
    struct gpiod_line *line = name != NULL ? gpiod_chip_find_line(chip, name)
                              : offset < info->chip_lines ? gpiod_chip_get_line(chip, offset) : NULL;
    int result = line != NULL ? 0 : -ENXIO;
    if (line != NULL) {
        info->offset = gpiod_line_offset(line);
        info->is_output = gpiod_line_direction(line) == GPIOD_LINE_DIRECTION_OUTPUT;
        info->is_used = gpiod_line_is_used(line);
        copy(info->name, gpiod_line_name(line));
        copy(info->consumer, gpiod_line_consumer(line));
    }
    gpiod_chip_close(chip);
    return result;
}

static cgpio_line *request(
    const char *chip_name, uint32_t offset, struct gpiod_line_request_config *config, int level, int *failure) {
    cgpio_line *line = calloc(1, sizeof *line);
    if (line == NULL) { *failure = -ENOMEM; return NULL; }
    line->chip = open_chip(chip_name);
    line->line = line->chip != NULL ? gpiod_chip_get_line(line->chip, offset) : NULL;
    errno = line->line != NULL ? 0 : errno;
    if (line->line == NULL || gpiod_line_request(line->line, config, level) != 0) {
        *failure = error_or(ENODEV);
        if (line->chip != NULL) gpiod_chip_close(line->chip);
        free(line);
        return NULL;
    }
    line->descriptor = -1;
    return line;
}

cgpio_line *cgpio_input(const char *chip, uint32_t offset, int bias, const char *consumer, int *failure) {
    static const int flags[] = {
        0, GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE, GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP, GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN};
    struct gpiod_line_request_config config = {consumer, GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES, flags[bias & 3]};
    cgpio_line *line = request(chip, offset, &config, 0, failure);
    if (line == NULL) return NULL;
    line->descriptor = gpiod_line_event_get_fd(line->line);
    fcntl(line->descriptor, F_SETFL, fcntl(line->descriptor, F_GETFL) | O_NONBLOCK);
    return line;
}

cgpio_line *cgpio_output(const char *chip, uint32_t offset, int level, const char *consumer, int *failure) {
    struct gpiod_line_request_config config = {consumer, GPIOD_LINE_REQUEST_DIRECTION_OUTPUT, 0};
    return request(chip, offset, &config, level, failure);
}

void cgpio_release(cgpio_line *line) {
    gpiod_line_release(line->line);
    gpiod_chip_close(line->chip);
    free(line);
}

int cgpio_get(cgpio_line *line) {
    errno = 0;
    int level = gpiod_line_get_value(line->line);
    return level >= 0 ? level : error_or(EIO);
}

int cgpio_set(cgpio_line *line, int level) {
    errno = 0;
    return gpiod_line_set_value(line->line, level) == 0 ? 0 : error_or(EIO);
}

int cgpio_edge(cgpio_line *line, int *level, int64_t *at) {
    struct gpiod_line_event event;
    errno = 0;
    if (gpiod_line_event_read(line->line, &event) != 0) return errno == EAGAIN ? 0 : error_or(EIO);
    *level = event.event_type == GPIOD_LINE_EVENT_RISING_EDGE;
    *at = boottime_of((int64_t)event.ts.tv_sec * 1000000000 + event.ts.tv_nsec);
    return 1;
}

static int descriptor_of(cgpio_line *line) { return line->descriptor; }

#else

struct cgpio_line {
    struct gpiod_line_request *request;
    struct gpiod_edge_event_buffer *events;
    unsigned int offset;
};

int cgpio_version(void) { return 2; }

static struct gpiod_chip *open_chip(const char *name) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, name[0] == '/' ? "%s" : "/dev/%s", name);
    errno = 0;
    return gpiod_chip_open(path);
}

int cgpio_describe(const char *chip_name, const char *name, uint32_t offset, cgpio_info *info) {
    struct gpiod_chip *chip = open_chip(chip_name);
    if (chip == NULL) return error_or(ENOENT);
    memset(info, 0, sizeof *info);
    struct gpiod_chip_info *about = gpiod_chip_get_info(chip);
    if (about != NULL) {
        copy(info->chip_label, gpiod_chip_info_get_label(about));
        info->chip_lines = (uint32_t)gpiod_chip_info_get_num_lines(about);
        gpiod_chip_info_free(about);
    }
    int found = name != NULL ? gpiod_chip_get_line_offset_from_name(chip, name) : offset < info->chip_lines ? (int)offset : -1;
    struct gpiod_line_info *line = found >= 0 ? gpiod_chip_get_line_info(chip, (unsigned int)found) : NULL;
    int result = line != NULL ? 0 : -ENXIO;
    if (line != NULL) {
        info->offset = (uint32_t)found;
        info->is_output = gpiod_line_info_get_direction(line) == GPIOD_LINE_DIRECTION_OUTPUT;
        info->is_used = gpiod_line_info_is_used(line);
        copy(info->name, gpiod_line_info_get_name(line));
        copy(info->consumer, gpiod_line_info_get_consumer(line));
        gpiod_line_info_free(line);
    }
    gpiod_chip_close(chip);
    return result;
}

static cgpio_line *request(
    const char *chip_name, uint32_t offset, struct gpiod_line_settings *settings, const char *consumer, int *failure) {
    cgpio_line *line = calloc(1, sizeof *line);
    struct gpiod_line_config *lines = gpiod_line_config_new();
    struct gpiod_request_config *config = gpiod_request_config_new();
    struct gpiod_chip *chip = open_chip(chip_name);
    unsigned int number = offset;
    *failure = -ENOMEM;
    if (line != NULL && lines != NULL && config != NULL && settings != NULL) {
        gpiod_request_config_set_consumer(config, consumer);
        errno = chip == NULL ? errno : 0;
        line->offset = number;
        if (chip != NULL && gpiod_line_config_add_line_settings(lines, &number, 1, settings) == 0)
            line->request = gpiod_chip_request_lines(chip, config, lines);
        if (line->request == NULL) *failure = error_or(ENODEV);
        else line->events = gpiod_edge_event_buffer_new(1);
    }
    if (settings != NULL) gpiod_line_settings_free(settings);
    if (lines != NULL) gpiod_line_config_free(lines);
    if (config != NULL) gpiod_request_config_free(config);
    if (chip != NULL) gpiod_chip_close(chip);
    if (line != NULL && line->request != NULL && line->events != NULL) return line;
    if (line != NULL && line->request != NULL) gpiod_line_request_release(line->request);
    free(line);
    return NULL;
}

cgpio_line *cgpio_input(const char *chip, uint32_t offset, int bias, const char *consumer, int *failure) {
    static const enum gpiod_line_bias biases[] = {
        GPIOD_LINE_BIAS_AS_IS, GPIOD_LINE_BIAS_DISABLED, GPIOD_LINE_BIAS_PULL_UP, GPIOD_LINE_BIAS_PULL_DOWN};
    struct gpiod_line_settings *settings = gpiod_line_settings_new();
    if (settings != NULL) {
        gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_INPUT);
        gpiod_line_settings_set_edge_detection(settings, GPIOD_LINE_EDGE_BOTH);
        gpiod_line_settings_set_bias(settings, biases[bias & 3]);
        gpiod_line_settings_set_event_clock(settings, GPIOD_LINE_CLOCK_MONOTONIC);
    }
    cgpio_line *line = request(chip, offset, settings, consumer, failure);
    if (line == NULL) return NULL;
    int descriptor = gpiod_line_request_get_fd(line->request);
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    return line;
}

cgpio_line *cgpio_output(const char *chip, uint32_t offset, int level, const char *consumer, int *failure) {
    struct gpiod_line_settings *settings = gpiod_line_settings_new();
    if (settings != NULL) {
        gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_OUTPUT);
        gpiod_line_settings_set_output_value(settings, level ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE);
    }
    return request(chip, offset, settings, consumer, failure);
}

void cgpio_release(cgpio_line *line) {
    gpiod_edge_event_buffer_free(line->events);
    gpiod_line_request_release(line->request);
    free(line);
}

int cgpio_get(cgpio_line *line) {
    errno = 0;
    enum gpiod_line_value value = gpiod_line_request_get_value(line->request, line->offset);
    return value == GPIOD_LINE_VALUE_ERROR ? error_or(EIO) : value == GPIOD_LINE_VALUE_ACTIVE;
}

int cgpio_set(cgpio_line *line, int level) {
    errno = 0;
    enum gpiod_line_value value = level ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE;
    return gpiod_line_request_set_value(line->request, line->offset, value) == 0 ? 0 : error_or(EIO);
}

int cgpio_edge(cgpio_line *line, int *level, int64_t *at) {
    errno = 0;
    if (gpiod_line_request_read_edge_events(line->request, line->events, 1) != 1) return errno == EAGAIN ? 0 : error_or(EIO);
    struct gpiod_edge_event *event = gpiod_edge_event_buffer_get_event(line->events, 0);
    *level = gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE;
    *at = boottime_of((int64_t)gpiod_edge_event_get_timestamp_ns(event));
    return 1;
}

static int descriptor_of(cgpio_line *line) { return gpiod_line_request_get_fd(line->request); }

#endif

int cgpio_bell_new(void) {
    int bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return bell >= 0 ? bell : -errno;
}

void cgpio_bell_ring(int bell) {
    uint64_t one = 1;
    (void)!write(bell, &one, sizeof one);
}

void cgpio_bell_free(int bell) { close(bell); }

int cgpio_wait(cgpio_line *const *inputs, int count, int bell, int64_t timeout_ns, uint64_t *ready_inputs) {
    enum { most = 64 };
    *ready_inputs = 0;
    struct pollfd ready[most + 1];
    if (count > most) return -EINVAL;
    for (int i = 0; i < count; i++) ready[i] = (struct pollfd){descriptor_of(inputs[i]), POLLIN | POLLPRI, 0};
    ready[count] = (struct pollfd){bell, POLLIN, 0};
    if (timeout_ns < 0) timeout_ns = 0;
    struct timespec timeout = {timeout_ns / 1000000000, timeout_ns % 1000000000};
    int result = ppoll(ready, (nfds_t)count + 1, &timeout, NULL);
    if (result < 0) return errno == EINTR ? 0 : -errno;
    if (ready[count].revents & POLLIN) {
        uint64_t rings;
        (void)!read(bell, &rings, sizeof rings);
    }
    // A chip that has gone answers every wait at once.
    int has_gone = 0;
    for (int i = 0; i < count; i++) {
        if (ready[i].revents != 0) *ready_inputs |= (uint64_t)1 << i;
        if ((ready[i].revents & (POLLERR | POLLHUP | POLLNVAL)) && !(ready[i].revents & POLLIN)) has_gone = 1;
    }
    return has_gone;
}
