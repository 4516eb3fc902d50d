// Holds one thread of a process, as a debugger does: ThreadHolder PID NAME SECONDS. Prints "held" while it holds it, and lets it go at the end.
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t thread_named(const char *process, const char *name) {
    char path[300], found[64];
    snprintf(path, sizeof path, "/proc/%s/task", process);
    DIR *tasks = opendir(path);
    pid_t thread = 0;
    for (struct dirent *entry; tasks != NULL && thread == 0 && (entry = readdir(tasks)) != NULL;) {
        snprintf(path, sizeof path, "/proc/%s/task/%.20s/comm", process, entry->d_name);
        FILE *comm = entry->d_name[0] != '.' ? fopen(path, "r") : NULL;
        if (comm == NULL) continue;
        if (fgets(found, sizeof found, comm) != NULL) {
            found[strcspn(found, "\n")] = 0;
            if (strcmp(found, name) == 0) thread = (pid_t)atoi(entry->d_name);
        }
        fclose(comm);
    }
    if (tasks != NULL) closedir(tasks);
    return thread;
}

int main(int count, char **arguments) {
    if (count != 4) return 64;
    pid_t thread = thread_named(arguments[1], arguments[2]);
    if (thread == 0) {
        fprintf(stderr, "no thread “%s” in process %s\n", arguments[2], arguments[1]);
        return 66;
    }
    if (ptrace(PTRACE_SEIZE, thread, 0, 0) != 0 || ptrace(PTRACE_INTERRUPT, thread, 0, 0) != 0) {
        perror("ptrace");
        return 77;
    }
    waitpid(thread, NULL, __WALL);
    puts("held");
    fflush(stdout);
    usleep((useconds_t)(atof(arguments[3]) * 1e6));
    ptrace(PTRACE_DETACH, thread, 0, 0);
    return 0;
}
