/* A turnstile: reads the texts of scanned codes, one a line, from a serial scanner or from standard input, asks the
 * platform and opens for green. Whatever goes wrong, the gate stays shut.
 *
 * usage: gate <skm.toml> [/dev/ttyUSB0]
 *
 * The relay is a file that takes 1 and 0, such as a GPIO value, named by GATE_RELAY; without it nothing moves. */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <skm.h>

/* The relay: the only line that lets anybody in. */
static void set_relay(char state) {
    const char *relay = getenv("GATE_RELAY");
    int file = relay ? open(relay, O_WRONLY) : -1;
    if (file < 0) return;
    if (write(file, &state, 1) != 1) perror("relay");
    close(file);
}

static void open_once(void) {
    const struct timespec long_enough = {0, 200000000};
    set_relay('1');
    nanosleep(&long_enough, NULL);
    set_relay('0');
}

/* What the person at the gate sees and hears. */
static void tell(const char *word, const char *advice) {
    printf("%s %s\n", word, advice ? advice : "");
    if (isatty(STDOUT_FILENO)) fputs("\a", stdout);
    fflush(stdout);
}

static FILE *open_scanner(const char *device) {
    if (!device) return stdin;
    int file = open(device, O_RDONLY | O_NOCTTY);
    struct termios line;
    if (file >= 0 && tcgetattr(file, &line) == 0) {
        cfsetispeed(&line, B9600);
        line.c_iflag |= ICRNL; /* scanners end their lines with CR */
        line.c_lflag |= ICANON;
        line.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(file, TCSANOW, &line);
    }
    return file >= 0 ? fdopen(file, "r") : NULL;
}

static void check(const skm_client *client, const char *text) {
    skm_scan_request request = SKM_SCAN_REQUEST_INIT;
    skm_scan_result *result = NULL;
    skm_error *error = NULL;
    request.qr_text = text;
    request.consent_notice = "gate notice 1"; /* the sign above the gate that says what is asked and why */

    if (skm_verify_scan(client, &request, &result, &error) != SKM_OK) {
        tell("SHUT", skm_error_message(error));
    } else if (skm_verdict_is_green(skm_scan_result_verdict(result))) {
        tell("OPEN", skm_scan_result_tip(result));
        open_once();
    } else {
        tell("SHUT", skm_verdict_name(skm_scan_result_verdict(result)));
    }
    skm_scan_result_free(result);
    skm_error_free(error);
}

int main(int count, char **arguments) {
    skm_client *client = NULL;
    skm_error *error = NULL;
    char line[8192];

    if (count < 2) {
        fprintf(stderr, "usage: gate <skm.toml> [device of the scanner]\n");
        return 2;
    }
    set_relay('0');
    if (skm_check_version(SKM_ABI_VERSION, SKM_VERSION, &error) != SKM_OK ||
        skm_client_open(arguments[1], &client, &error) != SKM_OK) {
        fprintf(stderr, "gate: %s\n", skm_error_message(error));
        skm_error_free(error);
        return 1;
    }
    FILE *scanner = open_scanner(count > 2 ? arguments[2] : NULL);
    if (!scanner) {
        perror(arguments[2]);
        skm_client_free(client);
        return 1;
    }
    while (fgets(line, sizeof line, scanner))
        if (strspn(line, " \t\r\n") != strlen(line)) check(client, line);
    if (scanner != stdin) fclose(scanner);
    skm_client_free(client);
    return 0;
}
