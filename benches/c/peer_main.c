/* A platform that always answers green, for the measurements: prints its URL and lives until its standard input ends.
 */
#include <stdio.h>
#include <string.h>

#include "peer.h"

int main(void) {
    const char *green = "{\"resCode\":0,\"resMessage\":\"OK\",\"res\":{\"level\":\"green\"}}";
    peer *platform = peer_start();
    peer_answer(platform, 200, green, strlen(green));
    printf("http://127.0.0.1:%d/x\n", peer_port(platform));
    fflush(stdout);
    while (getchar() != EOF) {}
    peer_stop(platform);
    return 0;
}
