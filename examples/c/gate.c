/* A turnstile: reads the texts of scanned codes, one a line, from a serial scanner or from standard input, asks the
 * platform and opens for green. Whatever goes wrong, the gate stays shut.
 *
 * usage: gate <skm.toml> [/dev/ttyUSB0]
 *
 * The relay is a file that takes 1 and 0, such as a GPIO value, named by GATE_RELAY; without it nothing moves. */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <skm.h>

/* The relay, opened once at the start: a gate whose relay cannot be reached does not begin. -1: there is none. */
static int relay = -1;

static int open_relay(const char *path) {
    relay = path ? open(path, O_WRONLY) : -1;
    return !path || relay >= 0;
}

/* Only calls that a signal handler may make. */
static int set_relay(char state) { return relay < 0 || (lseek(relay, 0, SEEK_SET), write(relay, &state, 1) == 1); }

/* Shutting is tried until it is done: an open gate is the one thing that must not stay. */
static void shut(void) {
    const struct timespec a_moment = {0, 10000000};
    while (!set_relay('0')) nanosleep(&a_moment, NULL);
}

static void end(int number) {
    set_relay('0');
    _exit(128 + number);
}

/* Every signal that can wait does so until the relay is shut (SIGKILL and SIGSTOP cannot): they are let through only
 * while a line is read, and never on a thread of the library, which inherits what is blocked before it exists. */
static void let_signals(int how) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(how, &all, NULL);
}

static ssize_t read_line(char **line, size_t *size, FILE *scanner) {
    let_signals(SIG_UNBLOCK);
    ssize_t length = getline(line, size, scanner);
    let_signals(SIG_BLOCK);
    return length;
}

/* The text of a line without the NULs that some scanners put around it; NULL if there is one inside. A C text ends
 * there: what is left would be the code of the person before. */
static const char *text_of(const char *line, ssize_t length) {
    while (length > 0 && strchr("\r\n", line[length - 1])) length--; /* a NUL is found there, too */
    while (length > 0 && *line == 0) line++, length--;
    return memchr(line, 0, (size_t)length) ? NULL : line;
}

/* The only place that lets anybody in. */
static void open_once(void) {
    const struct timespec long_enough = {0, 200000000};
    if (set_relay('1')) nanosleep(&long_enough, NULL);
    shut();
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

/* Codes that were scanned while a call waited: whoever showed them may be gone, and the gate would open for nobody. */
static void forget_queued(FILE *scanner) {
    if (isatty(fileno(scanner))) tcflush(fileno(scanner), TCIFLUSH);
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
    char *line = NULL;
    size_t size = 0;
    ssize_t length;

    if (count < 2) {
        fprintf(stderr, "usage: gate <skm.toml> [device of the scanner]\n");
        return 2;
    }
    if (!open_relay(getenv("GATE_RELAY"))) {
        perror("gate: relay");
        return 1;
    }
    let_signals(SIG_BLOCK);
    signal(SIGINT, end);
    signal(SIGTERM, end);
    signal(SIGHUP, end);
    shut();
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
    while ((length = read_line(&line, &size, scanner)) > 0) {
        const char *text = text_of(line, length);
        if (text && strspn(text, " \t\r\n") == strlen(text)) continue;
        if (text)
            check(client, text);
        else
            tell("SHUT", "two codes in one read: scan again");
        forget_queued(scanner);
    }
    free(line);
    if (scanner != stdin) fclose(scanner);
    skm_client_free(client);
    return 0;
}
