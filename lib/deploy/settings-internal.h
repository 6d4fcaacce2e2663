#ifndef DEPLOY_SETTINGS_INTERNAL_H
#define DEPLOY_SETTINGS_INTERNAL_H

#include "deploy/settings.h"

/* settings-order.c: whom a deployment waits for. */
int settings_parse_order(struct settings *s, const struct json *doc, struct error *err) MUST_CHECK;
void settings_release_order(struct settings *s);

/* s->unknown: the members of `doc` that are none of these. */
void settings_find_unknown(struct settings *s, const struct json *doc, const char *const *known,
			   size_t nr);

#endif
