// The seam to libgpiod against a simulated chip, compiled once for each version of its API: seam CHIP PULL-FILE VALUE-FILE, where line 0 of the chip is
// an input named "contact" with its pull in the one file, and line 1 an output named "permit" with its level in the other.
#include "cgpio.h"

#include <stdio.h>
#include <string.h>

static int failed;

static void check(int is_right, const char *what) {
    printf("%s: libgpiod %d: %s\n", is_right ? "ok" : "FAILED", cgpio_version(), what);
    if (!is_right) failed++;
}

static void pull(const char *file, const char *level) {
    FILE *out = fopen(file, "w");
    if (out != NULL) {
        fputs(level, out);
        fclose(out);
    }
}

static int level_of(const char *file) {
    int level = -1;
    FILE *in = fopen(file, "r");
    if (in != NULL) {
        if (fscanf(in, "%d", &level) != 1) level = -1;
        fclose(in);
    }
    return level;
}

int main(int count, char **arguments) {
    if (count != 4) return 64;
    const char *chip = arguments[1], *contact = arguments[2], *permit = arguments[3];
    int failure = 0, level = -1;
    int64_t first = 0, second = 0;
    uint64_t ready = 0;
    cgpio_info info;
    int bell = cgpio_bell_new();
    pull(contact, "pull-down");

    check(cgpio_describe("gpiochip99", "contact", 0, &info) < 0, "a chip that is not there");
    check(cgpio_describe(chip, "nowhere", 0, &info) == -6 && info.chip_lines == 2, "a line that is not there, with how many there are");
    check(cgpio_describe(chip, NULL, 7, &info) == -6, "a number beyond the chip");
    check(cgpio_describe(chip, "permit", 0, &info) == 0 && info.offset == 1 && !info.is_used, "a line by its name");
    cgpio_line *input = cgpio_input(chip, 0, CGPIO_BIAS_AS_IS, "seam", &failure);
    check(input != NULL, "an input");
    cgpio_line *output = cgpio_output(chip, 1, 1, "seam", &failure);
    check(output != NULL && level_of(permit) == 1, "an output that is high from its first moment");
    check(cgpio_describe(chip, NULL, 1, &info) == 0 && info.is_used && info.is_output && strcmp(info.consumer, "seam") == 0, "who holds a line");
    check(cgpio_output(chip, 1, 0, "other", &failure) == NULL && failure == -16, "a line that is taken is refused");
    if (input == NULL || output == NULL) return 1;

    check(cgpio_get(input) == 0 && cgpio_edge(input, &level, &first) == 0, "the level, and no edge");
    pull(contact, "pull-up");
    check(cgpio_wait(&input, 1, bell, 5000000000, &ready) == 0 && ready == 1, "an edge ends the wait");
    check(cgpio_edge(input, &level, &first) == 1 && level == 1 && first > 0, "a rising edge with its time");
    pull(contact, "pull-down");
    cgpio_wait(&input, 1, bell, 5000000000, &ready);
    check(cgpio_edge(input, &level, &second) == 1 && level == 0 && second > first, "a falling edge, later");
    check(cgpio_edge(input, &level, &second) == 0, "no edge twice");
    cgpio_bell_ring(bell);
    check(cgpio_wait(&input, 1, bell, 5000000000, &ready) == 0 && ready == 0, "the bell ends the wait");
    check(cgpio_wait(&input, 1, bell, 1000000, &ready) == 0 && ready == 0, "and rings once");
    check(cgpio_set(output, 0) == 0 && level_of(permit) == 0, "an output goes low");
    cgpio_release(output);
    check(cgpio_describe(chip, NULL, 1, &info) == 0 && !info.is_used, "a released line is free");
    cgpio_release(input);
    return failed != 0;
}
