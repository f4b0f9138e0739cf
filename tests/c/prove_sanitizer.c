/* Does what the sanitizer named by the suite must catch: a suite whose sanitizer is off would pass everything.
 * usage: prove_sanitizer overflow|leak|undefined */
#include "fixture.h"

#include <limits.h>

int main(int count, char **arguments) {
    const char *mistake = count == 2 ? arguments[1] : "";
    skm_text *text = NULL;
    CHECK_OK(skm_mask_name(NAME, &text, &error));
    if (strcmp(mistake, "overflow") == 0) {
        volatile char beyond = skm_text_value(text)[skm_text_length(text) + 64]; /* past any spare capacity */
        (void)beyond;
    }
    if (strcmp(mistake, "undefined") == 0) {
        volatile int most = INT_MAX;
        most = most + count;
        (void)most;
    }
    if (strcmp(mistake, "leak") != 0) skm_text_free(text);
    text = NULL;
    return 0;
}
