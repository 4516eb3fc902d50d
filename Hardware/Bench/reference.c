// The least that a program can do with an emergency stop: an edge opens the contact, the permit goes off. What droopd takes for the same is compared
// with it, between time stamps of the kernel. Usage: reference CHIP INPUT-OFFSET OUTPUT-OFFSET
#include "cgpio.h"

#include <stdio.h>
#include <stdlib.h>

int main(int count, char **arguments) {
    if (count != 4) return 64;
    int failure = 0;
    cgpio_line *input = cgpio_input(arguments[1], (uint32_t)atoi(arguments[2]), CGPIO_BIAS_AS_IS, "reference", &failure);
    cgpio_line *output = input != NULL ? cgpio_output(arguments[1], (uint32_t)atoi(arguments[3]), 1, "reference", &failure) : NULL;
    int bell = cgpio_bell_new();
    if (output == NULL || bell < 0) {
        fprintf(stderr, "reference: the lines can't be had (%d)\n", -failure);
        return 69;
    }
    printf("libgpiod %d\n", cgpio_version());
    fflush(stdout);
    for (;;) {
        int level;
        int64_t at;
        uint64_t ready;
        cgpio_wait(&input, 1, bell, 1000000000, &ready);
        while (cgpio_edge(input, &level, &at) == 1) cgpio_set(output, !level);
    }
}
