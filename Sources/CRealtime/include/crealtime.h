// The seam to clocks, threads, futexes and scheduling. Calls return zero or a count, or a negative errno value.
#ifndef CREALTIME_H
#define CREALTIME_H

#include <stddef.h>
#include <stdint.h>

/// CLOCK_BOOTTIME: the time line of instants, leases and ages.
int64_t crealtime_now(void);

/// UTC in nanoseconds since 1970, and whether the kernel calls the clock synchronised.
void crealtime_wall_clock(int64_t *utc_ns, int32_t *synchronised);

/// A counter that threads can wait on.
typedef struct crealtime_event crealtime_event;
crealtime_event *crealtime_event_new(void);
void crealtime_event_free(crealtime_event *event);
/// The counter now; take it before looking for work, and pass it to the wait.
uint32_t crealtime_event_count(crealtime_event *event);
/// Counts up and wakes everyone who waits.
void crealtime_event_raise(crealtime_event *event);
/// Waits until the counter differs from `seen`, or until the instant on the CLOCK_BOOTTIME line.
void crealtime_event_wait(crealtime_event *event, uint32_t seen, int64_t until);

/// Starts a joinable thread with a stack of so many bytes. `priority` above zero asks for SCHED_FIFO; without the right to
/// it the thread runs all the same and `*realtime` is set to a negative errno value.
typedef struct crealtime_thread crealtime_thread;
crealtime_thread *crealtime_thread_start(
    const char *name, int priority, size_t stack, void (*body)(void *), void *argument, int *realtime);
/// Waits for the thread's end for at most the time; 0, or a negative errno value and the thread stays joinable.
int crealtime_thread_join(crealtime_thread *thread, int64_t timeout_ns);

/// Locks memory if the process may, without touching all of it. 0, or a negative errno value.
int crealtime_lock_memory(void);

/// Ignores SIGPIPE and allows 8192 descriptors, or what the system permits.
int crealtime_prepare_process(void);

/// Blocks SIGINT, SIGTERM and SIGHUP for this thread and those it starts, so that `crealtime_next_signal` gets them.
void crealtime_hold_signals(void);
/// The next of these signals, or 0 after the timeout.
int crealtime_next_signal(int64_t timeout_ns);

/// Tells the service manager a state such as READY=1: 1 when it was sent, 0 without a service manager, or a negative errno code.
int crealtime_notify(const char *state);

/// Takes a name, of at most 106 bytes, that one process of this machine can have at a time, until this process ends: 1 when another one
/// has it, else 0, also where the kernel gives no such names.
int crealtime_claim(const char *name);

/// Opens a hardware watchdog and sets its time: from now on the machine restarts unless it is fed within it. A descriptor with the time that the device
/// keeps in `*seconds`, or a negative errno value.
int crealtime_watchdog_open(const char *path, int *seconds);
/// 0, or a negative errno value.
int crealtime_watchdog_feed(int watchdog);
/// Stops the watchdog, where the kernel lets it, and closes it. Closed in any other way it goes on.
void crealtime_watchdog_release(int watchdog);

/// How long the service manager waits for WATCHDOG=1, in nanoseconds; 0 when it does not.
int64_t crealtime_watchdog_ns(void);

#endif
