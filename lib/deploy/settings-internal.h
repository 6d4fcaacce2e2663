#ifndef DEPLOY_SETTINGS_INTERNAL_H
#define DEPLOY_SETTINGS_INTERNAL_H

#include "deploy/settings.h"

/* settings-order.c: whom a deployment waits for. */
int settings_parse_order(struct settings *s, const struct json *doc, struct error *err) MUST_CHECK;
void settings_release_order(struct settings *s);

/*
 * All that is read, as paths ("alarms", "alarms.alarmNames"), ended by NULL.
 * lib/schema's tables name the same (u-settings compares them): what passes a
 * push is used, and what is used passes.
 */
extern const char *const settings_members[];
extern const char *const settings_lambda_members[];

/* s->unknown: the members of `doc`, and of objects in it, that are none of these paths. */
void settings_find_unknown(struct settings *s, const struct json *doc, const char *const *known);

#endif
