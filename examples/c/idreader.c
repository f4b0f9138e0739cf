/* A gate with an ID-card reader: the reader leaves fixed-width records in GBK, as old Windows programs do. The client
 * is told so once, and takes and gives GBK from then on.
 *
 * usage: idreader <skm.toml> < records
 *
 * A record is 48 bytes: the name in 30, the number in 18, both padded with blanks. */
#include <stdio.h>
#include <string.h>

#include <skm.h>

enum { NAME_BYTES = 30, NUMBER_BYTES = 18 };

/* A field without its padding. No byte of a GBK character is a blank, so bytes can be cut one by one. */
static void cut(char *text, const char *field, size_t width) {
    while (width > 0 && (field[width - 1] == ' ' || field[width - 1] == 0)) width--;
    memcpy(text, field, width);
    text[width] = 0;
}

static const skm_client *in_gbk(skm_client *client, skm_client **changed, skm_error **error) {
    return skm_client_with_encoding(client, SKM_ENCODING_GBK, changed, error) == SKM_OK ? *changed : NULL;
}

static void check(const skm_client *client, const char *record) {
    char name[NAME_BYTES + 1], number[NUMBER_BYTES + 1];
    skm_id_request request = SKM_ID_REQUEST_INIT;
    skm_id_result *result = NULL;
    skm_error *error = NULL;
    skm_text *shown = NULL;
    cut(name, record, NAME_BYTES);
    cut(number, record + NAME_BYTES, NUMBER_BYTES);
    request.name = name;
    request.number = number;
    request.consent_notice = "reader notice 1";

    skm_verdict verdict = SKM_VERDICT_UNVERIFIED;
    if (skm_verify_id(client, &request, &result, &error) == SKM_OK) verdict = skm_id_result_verdict(result);
    skm_mask_certificate(number, &shown, NULL);
    printf("%s %s %s\n", skm_verdict_is_green(verdict) ? "OPEN" : "SHUT", shown ? skm_text_value(shown) : "?",
           error ? skm_error_name(error) : skm_verdict_name(verdict));
    fflush(stdout); /* what opens the gate reads from a pipe, and must not wait for the next person */
    skm_text_free(shown);
    skm_id_result_free(result);
    skm_error_free(error);
}

int main(int count, char **arguments) {
    skm_client *client = NULL, *changed = NULL;
    const skm_client *gbk = NULL;
    skm_error *error = NULL;
    char record[NAME_BYTES + NUMBER_BYTES];

    if (count != 2) {
        fprintf(stderr, "usage: idreader <skm.toml> < records\n");
        return 2;
    }
    if (skm_client_open(arguments[1], &client, &error) == SKM_OK) gbk = in_gbk(client, &changed, &error);
    if (!gbk) {
        fprintf(stderr, "idreader: %s\n", skm_error_message(error));
        skm_error_free(error);
        skm_client_free(client);
        return 1;
    }
    while (fread(record, sizeof record, 1, stdin) == 1) check(gbk, record);
    skm_client_free(changed);
    skm_client_free(client);
    return 0;
}
