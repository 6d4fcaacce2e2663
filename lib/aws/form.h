#ifndef AWS_FORM_H
#define AWS_FORM_H

#include "base/json.h"
#include "base/strbuf.h"

/*
 * The forms that Query services take: "Action=Op&Version=...&A.member.1.B=x".
 * Source: Smithy 2.0, "AWS query protocol".
 */
void form_begin(struct strbuf *form, const char *operation, const char *version);
void form_add(struct strbuf *form, const char *name, const char *value);
/* "Name.member.1=..." and so on; without any "Name=", which means an empty list. */
void form_add_list(struct strbuf *form, const char *name, const char *const *values, size_t nr);

/*
 * What xml_parse() made of an answer, back as it came: an object becomes
 * "Name.Member", an array "Name.member.N", a map's entries "Name.entry.N.key",
 * every string is sent, an empty one, too. The depth is bounded by the parser's;
 * give `form` a limit, for names are repeated.
 */
void form_add_tree(struct strbuf *form, const char *name, const struct json *value);

#endif
