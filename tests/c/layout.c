/* Prints the layout of every public struct: compared with a committed snapshot, because programs are compiled with it.
 */
#include <stddef.h>
#include <stdio.h>

#include <skm.h>

#define SIZE(type) printf("%s %zu\n", #type, sizeof(type))
#define MEMBER(type, member) printf("%s.%s %zu\n", #type, #member, offsetof(type, member))

int main(void) {
    SIZE(skm_status);
    SIZE(skm_verdict);
    SIZE(skm_level);
    SIZE(skm_token_request);
    MEMBER(skm_token_request, struct_size);
    MEMBER(skm_token_request, name);
    MEMBER(skm_token_request, number);
    MEMBER(skm_token_request, mobile);
    MEMBER(skm_token_request, consent_notice);
    MEMBER(skm_token_request, consent_kind);
    MEMBER(skm_token_request, consent_given_at);
    MEMBER(skm_token_request, papers_type);
    MEMBER(skm_token_request, email);
    MEMBER(skm_token_request, phone);
    MEMBER(skm_token_request, sex);
    MEMBER(skm_token_request, birth_date);
    MEMBER(skm_token_request, address);
    MEMBER(skm_token_request, post);
    MEMBER(skm_token_request, flags);
    SIZE(skm_scan_request);
    MEMBER(skm_scan_request, struct_size);
    MEMBER(skm_scan_request, qr_text);
    MEMBER(skm_scan_request, consent_notice);
    MEMBER(skm_scan_request, consent_kind);
    MEMBER(skm_scan_request, consent_given_at);
    MEMBER(skm_scan_request, position);
    MEMBER(skm_scan_request, verifier_dept);
    MEMBER(skm_scan_request, verifier_name);
    MEMBER(skm_scan_request, verifier_phone);
    SIZE(skm_id_request);
    MEMBER(skm_id_request, struct_size);
    MEMBER(skm_id_request, number);
    MEMBER(skm_id_request, name);
    MEMBER(skm_id_request, consent_notice);
    MEMBER(skm_id_request, consent_kind);
    MEMBER(skm_id_request, consent_given_at);
    MEMBER(skm_id_request, papers_type);
    MEMBER(skm_id_request, organize_location);
    MEMBER(skm_id_request, apply_type);
    MEMBER(skm_id_request, flags);
    SIZE(skm_id_answer);
    MEMBER(skm_id_answer, struct_size);
    MEMBER(skm_id_answer, number);
    MEMBER(skm_id_answer, name);
    MEMBER(skm_id_answer, level);
    MEMBER(skm_id_answer, travel);
    MEMBER(skm_id_answer, reason);
    return 0;
}
