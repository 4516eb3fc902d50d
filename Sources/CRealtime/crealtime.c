#define _GNU_SOURCE
#include "crealtime.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <linux/watchdog.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_ns(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct timespec timespec_of(int64_t ns) {
    return (struct timespec){ns / 1000000000, ns % 1000000000};
}

int64_t crealtime_now(void) { return clock_ns(CLOCK_BOOTTIME); }

void crealtime_wall_clock(int64_t *utc_ns, int32_t *synchronised) {
    *utc_ns = clock_ns(CLOCK_REALTIME);
    struct timex state;
    memset(&state, 0, sizeof state);
    int status = ntp_adjtime(&state);
    *synchronised = status >= 0 && status != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

struct crealtime_event { _Atomic uint32_t count; };

crealtime_event *crealtime_event_new(void) { return calloc(1, sizeof(crealtime_event)); }
void crealtime_event_free(crealtime_event *event) { free(event); }

uint32_t crealtime_event_count(crealtime_event *event) {
    return atomic_load_explicit(&event->count, memory_order_acquire);
}

void crealtime_event_raise(crealtime_event *event) {
    atomic_fetch_add_explicit(&event->count, 1, memory_order_release);
    syscall(SYS_futex, &event->count, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

void crealtime_event_wait(crealtime_event *event, uint32_t seen, int64_t until) {
    for (;;) {
        if (crealtime_event_count(event) != seen) return;
        int64_t left = until - crealtime_now();
        if (left <= 0) return;
        // Bounded, since the futex's own clock stands still while the machine sleeps and ours does not.
        if (left > 1000000000) left = 1000000000;
        struct timespec timeout = timespec_of(left);
        syscall(SYS_futex, &event->count, FUTEX_WAIT_PRIVATE, seen, &timeout, NULL, 0);
    }
}

struct crealtime_thread {
    pthread_t handle;
    void (*body)(void *);
    void *argument;
};

static void *thread_main(void *pointer) {
    crealtime_thread *thread = pointer;
    thread->body(thread->argument);
    return NULL;
}

crealtime_thread *crealtime_thread_start(
    const char *name, int priority, size_t stack, void (*body)(void *), void *argument, int *realtime) {
    crealtime_thread *thread = malloc(sizeof *thread);
    if (thread == NULL) return NULL;
    thread->body = body;
    thread->argument = argument;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack);
    int failure = 0;
    *realtime = 0;
    if (priority > 0) {
        struct sched_param parameters = {.sched_priority = priority};
        pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
        pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
        pthread_attr_setschedparam(&attributes, &parameters);
        failure = pthread_create(&thread->handle, &attributes, thread_main, thread);
        if (failure != 0) {
            *realtime = -failure;
            pthread_attr_setinheritsched(&attributes, PTHREAD_INHERIT_SCHED);
        }
    }
    if (priority <= 0 || failure != 0) failure = pthread_create(&thread->handle, &attributes, thread_main, thread);
    pthread_attr_destroy(&attributes);
    if (failure != 0) {
        free(thread);
        errno = failure;
        return NULL;
    }
    pthread_setname_np(thread->handle, name);
    return thread;
}

int crealtime_thread_join(crealtime_thread *thread, int64_t timeout_ns) {
#if defined(__has_feature) && __has_feature(thread_sanitizer)
    // ThreadSanitizer does not know the other: a thread that was waited for would count as living.
    struct timespec until = timespec_of(clock_ns(CLOCK_REALTIME) + timeout_ns);
    int failure = pthread_timedjoin_np(thread->handle, NULL, &until);
#else
    // A clock that is set must neither cut the wait short nor draw it out.
    struct timespec until = timespec_of(clock_ns(CLOCK_MONOTONIC) + timeout_ns);
    int failure = pthread_clockjoin_np(thread->handle, NULL, CLOCK_MONOTONIC, &until);
#endif
    if (failure != 0) return -failure;
    free(thread);
    return 0;
}

int crealtime_lock_memory(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_MEMLOCK, &limit);
    // With a small limit mlockall succeeds and the next thread creation fails: ask for all or nothing.
    if (geteuid() != 0 && limit.rlim_cur != RLIM_INFINITY) return -EPERM;
    return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0 ? 0 : -errno;
}

int crealtime_prepare_process(void) {
    signal(SIGPIPE, SIG_IGN);
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -errno;
    limit.rlim_cur = limit.rlim_max < 8192 ? limit.rlim_max : 8192;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? 0 : -errno;
}

static void held_signals(sigset_t *set) {
    sigemptyset(set);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGHUP);
}

void crealtime_hold_signals(void) {
    sigset_t set;
    held_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int crealtime_next_signal(int64_t timeout_ns) {
    sigset_t set;
    held_signals(&set);
    struct timespec timeout = timespec_of(timeout_ns);
    int signal_number = sigtimedwait(&set, NULL, &timeout);
    return signal_number > 0 ? signal_number : 0;
}

int crealtime_notify(const char *state) {
    const char *path = getenv("NOTIFY_SOCKET");
    if (path == NULL || (path[0] != '/' && path[0] != '@')) return 0;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    if (length >= sizeof address.sun_path) return -ENAMETOOLONG;
    memcpy(address.sun_path, path, length);
    // A name that begins with @ is one without a file.
    if (path[0] == '@') address.sun_path[0] = 0;
    int file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (file < 0) return -errno;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    ssize_t sent = sendto(file, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, size);
    int result = sent >= 0 ? 1 : -errno;
    close(file);
    return result;
}

int crealtime_claim(const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    if (length + 1 > sizeof address.sun_path) return 0;
    // A first byte of zero: a name without a file, which the kernel frees with the process, however it ends.
    memcpy(address.sun_path + 1, name, length);
    int file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (file < 0) return 0;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length);
    if (bind(file, (struct sockaddr *)&address, size) == 0) {
        // It stays open for as long as the process lives, above the descriptors that select can wait for.
        if (fcntl(file, F_DUPFD_CLOEXEC, FD_SETSIZE) >= 0) close(file);
        return 0;
    }
    int is_taken = errno == EADDRINUSE;
    close(file);
    return is_taken;
}

int64_t crealtime_watchdog_ns(void) {
    const char *period = getenv("WATCHDOG_USEC");
    const char *owner = getenv("WATCHDOG_PID");
    if (period == NULL || (owner != NULL && strtol(owner, NULL, 10) != (long)getpid())) return 0;
    int64_t microseconds = strtoll(period, NULL, 10);
    return microseconds > 0 && microseconds < INT64_MAX / 1000 ? microseconds * 1000 : 0;
}

int crealtime_watchdog_open(const char *path, int *seconds) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return -errno;
    if (ioctl(file, WDIOC_SETTIMEOUT, seconds) == 0) return file;
    int error = errno;
    crealtime_watchdog_release(file);
    return -error;
}

int crealtime_watchdog_feed(int watchdog) { return ioctl(watchdog, WDIOC_KEEPALIVE, 0) == 0 ? 0 : -errno; }

void crealtime_watchdog_release(int watchdog) {
    // The letter that tells an intended close from a crash.
    ssize_t written = write(watchdog, "V", 1);
    (void)written;
    close(watchdog);
}
