/* What one sign costs through the C interface, in nanoseconds: the shortest call there is, so mostly the crossing.
 * usage: sign <calls> */
#define _POSIX_C_SOURCE 200809L

#include <skm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(int count, char **words) {
    long calls = count == 2 ? atol(words[1]) : 0;
    double best = 0;
    if (calls <= 0) return 2;
    for (int round = 0; round < 5; round++) {
        double started = now_ns();
        for (long call = 0; call < calls; call++) {
            skm_text *text = NULL;
            skm_error *error = NULL;
            if (skm_sign("c4scyk9ssq", "4gt4psh5fhbzppqrhc5fhes7syce6k9u", "20210923095348", &text, &error) != SKM_OK) {
                fprintf(stderr, "%s\n", skm_error_message(error));
                return 1;
            }
            skm_text_free(text);
        }
        double took = (now_ns() - started) / (double)calls;
        best = round == 0 || took < best ? took : best;
    }
    printf("{\"sign_ns\":%.0f}\n", best);
    return 0;
}
